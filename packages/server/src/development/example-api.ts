import { mapae as createGuards, type CheckRequest } from '@mapae/verify'
import { z } from 'zod'

import type { Clock } from '../domain/time.ts'
import { openRoute, type Answer, type Route, type RouteRequest } from '../http/route.ts'
import type { QueryCount } from './query-count.ts'

export const ORDERS = ['one lamp', 'two scales']
/** At most so many seconds: an hour. */
const CLOCK_AHEAD = /^(?:3600|[1-3]?\d{1,3})$/

/**
 * An API as anybody may write one, with @mapae/verify: it learns the issuer's public keys over HTTP
 * and follows the feed of revocations. It asks nobody about a token that comes.
 */
export interface ExampleApi {
  readonly route: Route
  /** Who is asking, or what to answer. */
  readonly check: CheckRequest
  /** Stops following the feed. */
  close(): void
}

export function createExampleApi(
  issuer: string,
  audience: string,
  clock: Clock,
  queryCount: QueryCount,
): ExampleApi {
  // A token is refused from the second in which it expires: one may watch that.
  const options = { issuer, audience, clockToleranceSeconds: 0 } as const
  let guards: ReturnType<typeof createGuards> | undefined
  // It starts to follow the feed when somebody uses it.
  const following = () => (guards ??= createGuards({ ...options, clock: () => clock.seconds() }))
  const check: CheckRequest = (request) => following()()(request)

  async function checkAhead(seconds: number, request: Parameters<CheckRequest>[0]) {
    const ahead = () => clock.seconds() + seconds
    const impatient = createGuards({ ...options, clock: ahead, revocations: 'off' })
    try {
      return await impatient()(request)
    } finally {
      impatient.close()
    }
  }

  const route = openRoute({
    method: 'GET',
    path: '/demo/api/orders',
    summary: 'An API that believes access tokens of this server',
    body: null,
    answers: { 200: z.looseObject({}) },
    errors: [],
    async handle(request): Promise<Answer> {
      // Whoever does not want to wait for the end of a token may ask what comes after it.
      const ahead = request.headers.get('x-demo-clock-ahead') ?? ''
      const { result, queries } = await queryCount.during(async () =>
        CLOCK_AHEAD.test(ahead)
          ? checkAhead(Number(ahead), incomingOf(request))
          : check(incomingOf(request)),
      )
      const headers = { 'X-Demo-Queries': String(queries) }
      if (result.answer !== undefined) {
        const { status, body, headers: own } = result.answer
        return { status, text: body, headers: { ...own, ...headers } }
      }
      return { status: 200, json: { orders: ORDERS, for: result.claims.sub }, headers }
    },
  })
  return { route, check, close: () => guards?.close() }
}

export function incomingOf({ method, url, headers }: RouteRequest) {
  return {
    method,
    url,
    authorization: headers.get('authorization') ?? undefined,
    dpop: headers.get('dpop') ?? undefined,
  }
}

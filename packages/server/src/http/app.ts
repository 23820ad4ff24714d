import { Hono } from 'hono'

import { MapaeError } from '../domain/errors.ts'
import type { Device } from '../sessions/start.ts'
import type { Authenticate } from './authenticate.ts'
import type { ClientAddress } from './client-address.ts'
import { asMapaeError, problemAnswer } from './problem.ts'
import { readJsonBody } from './request-body.ts'
import type { Answer, Route, RouteRequest } from './route.ts'

const DEVICE_LABEL_CHARACTERS = 200

/** What the node server passes along with a request. */
export interface Connection {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } }
}

/** Called once a request, after its answer. `route` is the pattern: paths may hold secrets. */
export interface RequestLog {
  (entry: { method: string; route: string; status: number }, error: MapaeError | null): void
}

export interface AppOptions {
  readonly routes: readonly Route[]
  readonly isHttps: boolean
  readonly authenticate: Authenticate
  readonly clientAddress: ClientAddress
  readonly log: RequestLog
}

/**
 * Builds the fetch handler from the registry. The order of the steps of every request is here and
 * nowhere else: who is asking, then the body, then the endpoint, then the headers of every answer.
 */
export function createApp(options: AppOptions) {
  const { routes, authenticate, clientAddress, log } = options
  const headersOfAll = securityHeaders(options.isHttps)
  const app = new Hono<{ Bindings: Connection }>()

  async function answered(route: string, request: Request, answer: () => Promise<Answer>) {
    const [result, error] = await answer().then(
      (success) => [success, null] as const,
      (failure: unknown) => {
        const problem = asMapaeError(failure)
        return [problemAnswer(problem), problem] as const
      },
    )
    log({ method: request.method, route, status: result.status }, error)
    return toResponse(result, headersOfAll)
  }

  async function answerOf(
    route: Route,
    request: Request,
    parameters: Record<string, string>,
    connection: Connection | undefined,
  ): Promise<Answer> {
    const { headers } = request
    const identity = route.authentication === 'access_token' ? authenticate(headers) : null
    const body = route.body === null ? null : await readJsonBody(request, route.body)
    const device = deviceOf(headers, clientAddress, connection)
    const routeRequest: RouteRequest<unknown> = { headers, parameters, body, device }
    return route.authentication === 'none'
      ? route.handle(routeRequest)
      : route.handle(routeRequest, identity!)
  }

  for (const route of routes) {
    app.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) =>
      answered(route.path, context.req.raw, () =>
        answerOf(route, context.req.raw, context.req.param(), context.env),
      ),
    )
  }
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    const methods = ofPath.map(({ method }) => method)
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) =>
      answered(path, context.req.raw, async () => {
        throw new MapaeError('method_not_allowed', { allow })
      }),
    )
  }
  app.notFound((context) =>
    answered('unknown', context.req.raw, async () => {
      throw new MapaeError('not_found')
    }),
  )
  return app
}

function deviceOf(
  headers: Headers,
  clientAddress: ClientAddress,
  connection: Connection | undefined,
): Device {
  return {
    label: headers.get('user-agent')?.slice(0, DEVICE_LABEL_CHARACTERS) ?? null,
    ipAddress: clientAddress(connection?.incoming?.socket.remoteAddress, headers),
  }
}

function securityHeaders(isHttps: boolean): Readonly<Record<string, string>> {
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...(isHttps ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
}

function toResponse(answer: Answer, headersOfAll: Readonly<Record<string, string>>): Response {
  const { status, json } = answer
  const headers: Record<string, string> = { ...headersOfAll, ...answer.headers }
  if (json === undefined) return new Response(null, { status, headers })
  headers['Content-Type'] ??= 'application/json'
  return new Response(JSON.stringify(json), { status, headers })
}

import type { AccessTokenClaims } from './claims.ts'
import { createGuards, type CheckRequest, type Guards } from './guards.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'
import type { Outcome } from './resource-server.ts'

export type { AccessTokenClaims } from './claims.ts'
export type { MapaeOptions } from './options.ts'

/** What answers a request that was let through; the rest is what the platform hands to handlers. */
export type GuardedHandler<Rest extends readonly unknown[]> = (
  request: Request,
  claims: AccessTokenClaims,
  ...rest: Rest
) => Response | Promise<Response>

/** Wraps a handler, so that nothing reaches it that was not let through. */
export type FetchGuard = <Rest extends readonly unknown[]>(
  handler: GuardedHandler<Rest>,
) => (request: Request, ...rest: Rest) => Promise<Response>

/**
 * Make the guards of an API for anything that answers a `Request` with a `Response`.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_invalid`.
 */
export function mapae(options: MapaeOptions): Guards<FetchGuard, () => Response> {
  return createGuards(options, makeGuard, makeHandler)
}

function makeGuard(check: CheckRequest): FetchGuard {
  return (handler) =>
    async (request, ...rest) => {
      const { claims, answer }: Outcome = await check({
        owner: request,
        method: request.method,
        url: request.url,
        authorization: request.headers.get('authorization') ?? undefined,
        dpop: request.headers.get('dpop') ?? undefined,
      })
      if (answer === undefined) return handler(request, claims, ...rest)
      return new Response(answer.body, { status: answer.status, headers: answer.headers })
    }
}

function makeHandler({ status, headers, body }: RefusalAnswer): () => Response {
  return () => new Response(body, { status, headers })
}

import type { Context, MiddlewareHandler } from 'hono'

import type { AccessTokenClaims } from './claims.ts'
import { createGuards, type CheckRequest, type Guards } from './guards.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'
import type { Outcome } from './resource-server.ts'

export type { AccessTokenClaims } from './claims.ts'
export type { MapaeOptions } from './options.ts'

/** A middleware that puts the claims into `c.var.auth`. */
export type HonoGuard = MiddlewareHandler<{ Variables: { auth: AccessTokenClaims } }>

/**
 * Make the guards of an API for Hono, on any runtime.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_invalid`.
 */
export function mapae(options: MapaeOptions): Guards<HonoGuard, () => Response> {
  return createGuards(options, makeGuard, makeHandler)
}

function makeGuard(check: CheckRequest): HonoGuard {
  return (context, next) => {
    const { req } = context
    const outcome = check({
      owner: context,
      method: req.method,
      url: req.url,
      authorization: req.header('authorization'),
      dpop: req.header('dpop'),
    })
    if (outcome instanceof Promise) return outcome.then((late) => settle(late, context, next))
    return settle(outcome, context, next)
  }
}

async function settle(
  { claims, answer }: Outcome,
  context: Context<{ Variables: { auth: AccessTokenClaims } }>,
  next: () => Promise<void>,
): Promise<Response | void> {
  if (answer !== undefined) {
    return new Response(answer.body, { status: answer.status, headers: answer.headers })
  }
  context.set('auth', claims)
  await next()
}

function makeHandler({ status, headers, body }: RefusalAnswer): () => Response {
  return () => new Response(body, { status, headers })
}

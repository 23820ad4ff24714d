import type { IncomingMessage, ServerResponse } from 'node:http'

import type { AccessTokenClaims } from './claims.ts'
import { createGuards, whenSettled, type CheckRequest, type Guards } from './guards.ts'
import { readNodeRequest, sendNodeAnswer } from './node-request.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'
import type { Outcome } from './resource-server.ts'

export type { AccessTokenClaims } from './claims.ts'
export type { MapaeOptions } from './options.ts'

declare global {
  namespace Express {
    interface Request {
      /** The claims of the access token, behind a guard of `@mapae/verify`. */
      auth?: AccessTokenClaims
    }
  }
}

/** A middleware that puts the claims into `request.auth`. Connect and its relatives take it too. */
export type ExpressGuard = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

export type ExpressHandler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Make the guards of an API for Express, 4 or 5.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_invalid`.
 */
export function mapae(options: MapaeOptions): Guards<ExpressGuard, ExpressHandler> {
  return createGuards(options, makeGuard, makeHandler)
}

function makeGuard(check: CheckRequest): ExpressGuard {
  return (request, response, next) => {
    const settle = ({ claims, answer }: Outcome): void => {
      if (answer !== undefined) return sendNodeAnswer(response, answer)
      ;(request as { auth?: AccessTokenClaims }).auth = claims
      next()
    }
    // A router takes its own path off `url` and keeps the whole of it here.
    const { originalUrl } = request as { originalUrl?: string }
    const outcome = check(readNodeRequest(request, originalUrl ?? request.url))
    if (outcome instanceof Promise) void whenSettled(outcome, settle, next)
    else settle(outcome)
  }
}

function makeHandler(answer: RefusalAnswer): ExpressHandler {
  return (_request, response) => sendNodeAnswer(response, answer)
}

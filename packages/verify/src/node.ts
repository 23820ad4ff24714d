import type { IncomingMessage, ServerResponse } from 'node:http'

import type { AccessTokenClaims } from './claims.ts'
import { createGuards, whenSettled, type CheckRequest, type Guards } from './guards.ts'
import { readNodeRequest, sendNodeAnswer } from './node-request.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'
import type { Outcome } from './resource-server.ts'

export type { AccessTokenClaims } from './claims.ts'
export type { MapaeOptions } from './options.ts'

/** What answers a request that was let through. */
export type GuardedListener = (
  request: IncomingMessage,
  response: ServerResponse,
  claims: AccessTokenClaims,
) => unknown

/** Wraps a listener, so that nothing reaches it that was not let through. */
export type NodeGuard = (
  listener: GuardedListener,
) => (request: IncomingMessage, response: ServerResponse) => void

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Make the guards of an API for `node:http`.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_invalid`.
 */
export function mapae(options: MapaeOptions): Guards<NodeGuard, NodeHandler> {
  return createGuards(options, makeGuard, makeHandler)
}

function makeGuard(check: CheckRequest): NodeGuard {
  return (listener) => (request, response) => {
    const settle = ({ claims, answer }: Outcome): void => {
      if (answer === undefined) listener(request, response, claims)
      else sendNodeAnswer(response, answer)
    }
    const outcome = check(readNodeRequest(request, request.url))
    const failed = () => response.writeHead(500).end()
    if (outcome instanceof Promise) void whenSettled(outcome, settle, failed)
    else settle(outcome)
  }
}

function makeHandler(answer: RefusalAnswer): NodeHandler {
  return (_request, response) => sendNodeAnswer(response, answer)
}

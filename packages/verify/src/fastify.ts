import type { FastifyReply, FastifyRequest } from 'fastify'

import type { AccessTokenClaims } from './claims.ts'
import { createGuards, whenSettled, type CheckRequest, type Guards } from './guards.ts'
import { readNodeRequest } from './node-request.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'
import type { Outcome } from './resource-server.ts'

export type { AccessTokenClaims } from './claims.ts'
export type { MapaeOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claims of the access token, behind a guard of `@mapae/verify`. */
    auth?: AccessTokenClaims
  }
}

/** A hook for `onRequest`, before a body is read, that puts the claims into `request.auth`. */
export type FastifyGuard = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void

export type FastifyHandler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply

/**
 * Make the guards of an API for Fastify 5.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_invalid`.
 */
export function mapae(options: MapaeOptions): Guards<FastifyGuard, FastifyHandler> {
  return createGuards(options, makeGuard, makeHandler)
}

function makeGuard(check: CheckRequest): FastifyGuard {
  return (request, reply, done) => {
    const settle = ({ claims, answer }: Outcome): void => {
      if (answer !== undefined) {
        void reply.code(answer.status).headers(answer.headers).send(answer.body)
        return
      }
      request.auth = claims
      done()
    }
    const outcome = check(readNodeRequest(request.raw, request.originalUrl))
    if (outcome instanceof Promise) void whenSettled(outcome, settle, done)
    else settle(outcome)
  }
}

function makeHandler({ status, headers, body }: RefusalAnswer): FastifyHandler {
  return (_request, reply) => reply.code(status).headers(headers).send(body)
}

import { z } from 'zod'

import { AuthorizationError } from '../../oauth/authorize/authorization-error.ts'
import type { PushRequest } from '../../oauth/authorize/push-request.ts'
import { clientRequestOf } from '../client-request.ts'
import type { ReadDpopProof } from '../dpop.ts'
import { oauthGrantFailure } from '../oauth-failure.ts'
import { parametersSchema } from '../parameters-schema.ts'
import { openRoute } from '../route.ts'

/** Spec: RFC 9126. */
export function oauthParRoute(pushRequest: PushRequest, readDpopProof: ReadDpopProof) {
  return openRoute({
    method: 'POST',
    path: '/oauth/par',
    cors: 'any',
    summary: 'Push an authorization request, and get a name for it (OAuth 2.1)',
    bodyAs: 'form',
    body: parametersSchema,
    answers: {
      201: z.object({ request_uri: z.string(), expires_in: z.int() }),
    },
    errors: [
      'invalid_request',
      'invalid_client',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'too_many_attempts',
      'server_busy',
    ],
    errorsAs: 'oauth',
    failed: oauthGrantFailure,
    async handle(request) {
      const pushed = {
        ...clientRequestOf(request),
        dpopKeyThumbprint: await readDpopProof(request),
      }
      try {
        const { requestUri, expiresInSeconds } = await pushRequest(pushed)
        return { status: 201, json: { request_uri: requestUri, expires_in: expiresInSeconds } }
      } catch (error) {
        // The client itself asks, so that it is told here and not through the browser.
        if (!(error instanceof AuthorizationError)) throw error
        return { status: 400, json: { error: error.code, error_description: error.message } }
      }
    },
  })
}

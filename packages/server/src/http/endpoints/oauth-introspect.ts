import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import type { AuthenticateClient } from '../../oauth/client-authentication.ts'
import type { Introspect } from '../../oauth/introspect.ts'
import { required } from '../../oauth/parameters.ts'
import type { IntrospectionTokens } from '../../tokens/introspection-token.ts'
import { acceptedTypes } from '../accept.ts'
import { clientRequestOf } from '../client-request.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { parametersSchema } from '../parameters-schema.ts'
import { openRoute, type Answer } from '../route.ts'

const JWT_ANSWER = 'application/token-introspection+jwt'

/** Spec: RFC 7662; RFC 9701 for those who ask for a signed answer. */
export function oauthIntrospectRoute(
  authenticateClient: AuthenticateClient,
  introspect: Introspect,
  introspectionTokens: IntrospectionTokens,
) {
  return openRoute({
    method: 'POST',
    path: '/oauth/introspect',
    summary: 'Whether a token is good, and what it says (RFC 7662)',
    bodyAs: 'form',
    body: parametersSchema,
    answers: { 200: z.looseObject({ active: z.boolean() }) },
    errors: ['invalid_client', 'unauthorized_client', 'too_many_attempts', 'server_busy'],
    errorsAs: 'oauth',
    failed: oauthFailure,
    async handle(request): Promise<Answer> {
      const client = await authenticateClient(clientRequestOf(request))
      // Anybody could ask in the name of a public client, and so try out stolen tokens.
      if (client.authenticationMethod === 'none') throw new MapaeError('unauthorized_client')
      const introspection = await introspect(client, required(request.body, 'token'))
      if (!acceptedTypes(request.headers).includes(JWT_ANSWER)) {
        return { status: 200, json: introspection }
      }
      const { id, idTokenAlgorithm } = client
      const text = await introspectionTokens.mint(id, introspection, idTokenAlgorithm)
      return { status: 200, text, headers: { 'Content-Type': JWT_ANSWER } }
    },
  })
}

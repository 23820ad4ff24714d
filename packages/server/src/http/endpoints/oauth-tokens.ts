import { z } from 'zod'

import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { AuthenticateClient } from '../../oauth/client-authentication.ts'
import type { Introspect } from '../../oauth/introspect.ts'
import { required, single } from '../../oauth/parameters.ts'
import type { RevokeToken } from '../../oauth/revoke.ts'
import type { IntrospectionTokens } from '../../tokens/introspection-token.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { parametersSchema } from '../parameters-schema.ts'
import type { ClientRefreshCookies } from '../refresh-cookie.ts'
import { openRoute, type Answer, type RouteRequest } from '../route.ts'

const JWT_ANSWER = 'application/token-introspection+jwt'

interface TokenRouteServices {
  readonly authenticateClient: AuthenticateClient
  readonly introspect: Introspect
  readonly revokeToken: RevokeToken
  readonly introspectionTokens: IntrospectionTokens
  readonly refreshCookieOf: ClientRefreshCookies
}

type TokenBody = z.infer<typeof parametersSchema>

/** Spec: RFC 7662; RFC 9701 for those who ask for a signed answer. */
export function oauthIntrospectRoute(services: TokenRouteServices) {
  const { introspect, introspectionTokens } = services
  return openRoute({
    method: 'POST',
    path: '/oauth/introspect',
    summary: 'Whether a token is good, and what it says (RFC 7662)',
    bodyAs: 'form',
    body: parametersSchema,
    answers: { 200: z.looseObject({ active: z.boolean() }) },
    errors: ['invalid_client', 'unauthorized_client', 'too_many_attempts'],
    errorsAs: 'oauth',
    failed: oauthFailure,
    async handle(request): Promise<Answer> {
      const client = await clientOf(services, request)
      // Anybody could ask in the name of a public client, and so try out stolen tokens.
      if (client.authenticationMethod === 'none') throw new MapaeError('unauthorized_client')
      const introspection = await introspect(client, required(request.body, 'token'))
      if (!(request.headers.get('accept') ?? '').includes(JWT_ANSWER)) {
        return { status: 200, json: introspection }
      }
      const { id, idTokenAlgorithm } = client
      const text = await introspectionTokens.mint(id, introspection, idTokenAlgorithm)
      return { status: 200, text, headers: { 'Content-Type': JWT_ANSWER } }
    },
  })
}

/** Spec: RFC 7009. Without a token it is the one in the client's cookie, which goes then. */
export function oauthRevokeRoute(services: TokenRouteServices) {
  return openRoute({
    method: 'POST',
    path: '/oauth/revoke',
    cors: 'any_or_web_origins',
    summary: 'Give up a token that the application does not need any more (RFC 7009)',
    bodyAs: 'form',
    body: parametersSchema,
    answers: { 200: null },
    errors: [
      'invalid_client',
      'unauthorized_client',
      'unsupported_token_type',
      'origin_not_allowed',
      'too_many_attempts',
    ],
    errorsAs: 'oauth',
    failed: oauthFailure,
    async handle(request): Promise<Answer> {
      const client = await clientOf(services, request)
      const cookie = services.refreshCookieOf(client)
      const named = single(request.body, 'token')
      const fromCookie = named === null ? (cookie?.read(request.headers) ?? null) : null
      await services.revokeToken(client, named ?? fromCookie ?? required(request.body, 'token'))
      return { status: 200, cookies: fromCookie === null ? [] : [cookie!.clear()] }
    },
  })
}

function clientOf(
  { authenticateClient }: TokenRouteServices,
  { headers, body, device, certificate }: RouteRequest<TokenBody>,
): Promise<Client> {
  const { ipAddress } = device
  return authenticateClient({ headers, parameters: body, ipAddress, certificate: certificate() })
}

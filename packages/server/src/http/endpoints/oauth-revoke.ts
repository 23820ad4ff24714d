import type { AuthenticateClient } from '../../oauth/client-authentication.ts'
import { required, single } from '../../oauth/parameters.ts'
import type { RevokeToken } from '../../oauth/revoke.ts'
import { clientRequestOf } from '../client-request.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { parametersSchema } from '../parameters-schema.ts'
import type { ClientRefreshCookies } from '../refresh-cookie.ts'
import { openRoute, type Answer } from '../route.ts'

/** Spec: RFC 7009. Without a token it is the one in the client's cookie, which goes then. */
export function oauthRevokeRoute(
  authenticateClient: AuthenticateClient,
  revokeToken: RevokeToken,
  refreshCookieOf: ClientRefreshCookies,
) {
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
      'server_busy',
    ],
    errorsAs: 'oauth',
    failed: oauthFailure,
    async handle(request): Promise<Answer> {
      const client = await authenticateClient(clientRequestOf(request))
      const cookie = refreshCookieOf(client)
      const named = single(request.body, 'token')
      const fromCookie = named === null ? (cookie?.read(request.headers) ?? null) : null
      await revokeToken(client, named ?? fromCookie ?? required(request.body, 'token'))
      return { status: 200, cookies: fromCookie === null ? [] : [cookie!.clear()] }
    },
  })
}

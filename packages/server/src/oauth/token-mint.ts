import type { Client, ClientAlgorithm } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { UserStore } from '../domain/ports.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { IdTokens } from '../tokens/id-token.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import { lifetimesOf, type Lifetimes } from './client-lifetimes.ts'
import type { ClientRegistry } from './client-registry.ts'
import { isOperatorsClient } from './registration/who-registered.ts'
import { scopeText } from './scopes.ts'
import type { TokenMint } from './token-endpoint.ts'
import type { AccessGrant } from './token-grant.ts'
import { claimsAbout } from './user-claims.ts'

export interface MintServices {
  readonly issuer: string
  readonly clients: ClientRegistry
  readonly users: UserStore
  readonly lifetimes: Lifetimes
  readonly clientAccessTokens: ClientAccessTokens
  readonly refreshTokens: RefreshTokens
  readonly idTokens: IdTokens
}

/** Makes the tokens of an answer as the client and the resource server want them. */
export function createTokenMint(services: MintServices): TokenMint {
  const { clients, users, lifetimes, clientAccessTokens, refreshTokens, idTokens } = services
  return {
    async accessToken(access, client) {
      const server = access.audiences.map((one) => clients.findResourceServer(one))
      // What one alone may read is not said to several.
      if (server.length > 1 && server.some((one) => one !== null && one.encryptionJwk !== null)) {
        const detail = 'A resource whose access tokens are encrypted must be asked for alone.'
        throw new MapaeError('invalid_target', { detail })
      }
      return clientAccessTokens.mint(accessTokenClaims(services, access, client), {
        algorithm: client.accessTokenAlgorithm ?? wishOf(server) ?? 'ES256',
        lifetimeSeconds: lifetimesOf(client, lifetimes).accessTokenSeconds,
        until: access.until,
        encryptionJwk: server[0]?.encryptionJwk ?? null,
      })
    },

    refreshToken: (session) => refreshTokens.mint(session),

    async idToken(grant, client, accessToken) {
      const { userId, subject, sessionId, nonce, authTime, acr, amr, requestedClaims, code } = grant
      const asked = requestedClaims?.id_token
      const user = asked === undefined ? null : await users.find(userId)
      const claims = {
        ...(user === null ? {} : claimsAbout(user, [], asked)),
        sub: subject,
        aud: client.id,
        sid: sessionId,
        ...(nonce === null ? {} : { nonce }),
        ...(authTime === null ? {} : { auth_time: authTime }),
        ...(acr === null ? {} : { acr }),
        ...(amr === null ? {} : { amr }),
      }
      return idTokens.mint(claims, client.idTokenAlgorithm, { accessToken, code })
    },
  }
}

function wishOf(
  servers: readonly ({ readonly accessTokenAlgorithm: ClientAlgorithm | null } | null)[],
): ClientAlgorithm | null {
  return servers.find((one) => one?.accessTokenAlgorithm)?.accessTokenAlgorithm ?? null
}

/**
 * Spec: RFC 9068 section 2.2. With `openid` the token is good at the user info endpoint too, which
 * is the issuer's; but what a stranger gets is for the one resource that it named.
 */
function accessTokenClaims(
  { issuer }: MintServices,
  access: AccessGrant,
  client: Client,
): Readonly<Record<string, unknown>> {
  const { subject, scopes, sessionId, authTime, acr, actor } = access
  const isForIssuer = scopes.includes('openid') && isOperatorsClient(client.id)
  const extra = isForIssuer && !access.audiences.includes(issuer) ? [issuer] : []
  const audiences = [...access.audiences, ...extra]
  const scope = scopeText(scopes)
  const confirmation = {
    ...(access.dpopKeyThumbprint === null ? {} : { jkt: access.dpopKeyThumbprint }),
    ...(access.certificateThumbprint === null ? {} : { 'x5t#S256': access.certificateThumbprint }),
  }
  return {
    sub: subject,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    client_id: client.id,
    ...(sessionId === null ? {} : { sid: sessionId }),
    ...(scope === null ? {} : { scope }),
    ...(authTime === null ? {} : { auth_time: authTime }),
    ...(acr === null ? {} : { acr }),
    ...(Object.keys(confirmation).length === 0 ? {} : { cnf: confirmation }),
    ...(actor === null ? {} : { act: actor }),
  }
}

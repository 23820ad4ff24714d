import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { Session } from '../domain/session.ts'
import type { Seconds, UnixSeconds } from '../domain/time.ts'
import { invalidProof } from '../tokens/dpop-proof.ts'
import type { AuthenticateClient, ClientRequest } from './client-authentication.ts'
import { boundCertificate } from './mutual-tls.ts'
import { required } from './parameters.ts'
import { scopeText } from './scopes.ts'
import {
  checkGrant,
  type AccessGrant,
  type Grant,
  type IdTokenGrant,
  type TokenRequest,
} from './token-grant.ts'

/** Spec: RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope?: string
}

/** The refresh cookie of a client, as the endpoint uses it. */
export interface RequestCookie {
  /** Errors: `origin_not_allowed`. */
  checkOrigin(headers: Headers): void
  /** Errors: `invalid_request` when it comes twice. */
  read(headers: Headers): string | null
}

/** A request at the token endpoint as it came. */
export interface UnreadTokenRequest
  extends ClientRequest, Pick<TokenRequest, 'device' | 'idempotencyKey' | 'dpopKeyThumbprint'> {
  /** Null: the refresh tokens of that client travel in bodies. */
  readonly refreshCookieOf: (client: Client) => RequestCookie | null
}

export interface IssuedTokens {
  readonly json: TokenAnswer
  /** The refresh token that is not in the answer but travels in the client's cookie. */
  readonly inCookie: {
    readonly client: Client
    readonly refreshToken: string
    readonly expiresAt: UnixSeconds
  } | null
}

/** What makes tokens of what a grant allows. */
export interface TokenMint {
  accessToken(
    access: AccessGrant,
    client: Client,
  ): Promise<{ readonly accessToken: string; readonly expiresInSeconds: Seconds }>
  refreshToken(session: Session): string
  idToken(grant: IdTokenGrant, client: Client, accessToken: string): Promise<string>
}

export interface TokenEndpoint {
  /**
   * Authenticates the client, dispatches to the grant and writes the answer: in this order, for
   * every grant; what is used once is spent last. Errors: those of RFC 6749 section 5.2;
   * `origin_not_allowed` when a page that may not use the client's cookie would get or set it.
   */
  (request: UnreadTokenRequest): Promise<IssuedTokens>
}

export function createTokenEndpoint(
  authenticateClient: AuthenticateClient,
  grants: readonly Grant[],
  mint: TokenMint,
): TokenEndpoint {
  return async (request) => {
    const client = await authenticateClient(request)
    const type = required(request.parameters, 'grant_type')
    const grant = grants.find((one) => one.type === type)
    if (grant === undefined) throw new MapaeError('unsupported_grant_type')
    checkGrant(client, grant.type)
    if (client.requiresDpop && request.dpopKeyThumbprint === null) throw invalidProof('missing')
    const certificateThumbprint = boundCertificate(client, request)
    // Before anything is granted: setting the cookie signs a browser in, as reading it does.
    const cookie = request.refreshCookieOf(client)
    cookie?.checkOrigin(request.headers)
    const readRefreshCookie = () => cookie?.read(request.headers) ?? null
    const granting = { ...request, client, certificateThumbprint, readRefreshCookie }
    const { access, refresh, idToken, members, spend } = await grant.grant(granting)
    // Bound to the key and the certificate of this request, whatever its session is bound to.
    const dpopKeyThumbprint = request.dpopKeyThumbprint ?? access.dpopKeyThumbprint
    const bound = { ...access, dpopKeyThumbprint, certificateThumbprint }
    const { accessToken, expiresInSeconds } = await mint.accessToken(bound, client)
    const scope = scopeText(access.scopes)
    const refreshToken = refresh === null ? null : mint.refreshToken(refresh)
    const json: TokenAnswer = {
      access_token: accessToken,
      token_type: dpopKeyThumbprint === null ? 'Bearer' : 'DPoP',
      expires_in: expiresInSeconds,
      ...(refreshToken === null || cookie !== null ? {} : { refresh_token: refreshToken }),
      ...(idToken === null ? {} : { id_token: await mint.idToken(idToken, client, accessToken) }),
      ...(scope === null ? {} : { scope }),
      ...members,
    }
    await spend?.()
    const isInCookie = cookie !== null && refresh !== null && refreshToken !== null
    return {
      json,
      inCookie: isInCookie ? { client, refreshToken, expiresAt: refresh.idleExpiresAt } : null,
    }
  }
}

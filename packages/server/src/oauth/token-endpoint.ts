import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { Session } from '../domain/session.ts'
import type { Seconds } from '../domain/time.ts'
import { invalidProof } from '../tokens/dpop-proof.ts'
import type { AuthenticateClient, ClientRequest } from './client-authentication.ts'
import { boundCertificate } from './mutual-tls.ts'
import { required } from './parameters.ts'
import { scopeText } from './scopes.ts'
import type { AccessGrant, Grant, IdTokenGrant, TokenRequest } from './token-grant.ts'

/** Spec: RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope?: string
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
   * every grant. Errors: those of RFC 6749 section 5.2.
   */
  (
    request: ClientRequest & Omit<TokenRequest, 'client' | 'parameters' | 'certificateThumbprint'>,
  ): Promise<TokenAnswer>
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
    if (!client.grants.includes(grant.type)) throw new MapaeError('unauthorized_client')
    if (client.requiresDpop && request.dpopKeyThumbprint === null) throw invalidProof('missing')
    const certificateThumbprint = boundCertificate(client, request)
    const granting = { ...request, client, certificateThumbprint }
    const { access, refresh, idToken, members } = await grant.grant(granting)
    // Bound to the key and the certificate of this request, whatever its session is bound to.
    const dpopKeyThumbprint = request.dpopKeyThumbprint ?? access.dpopKeyThumbprint
    const bound = { ...access, dpopKeyThumbprint, certificateThumbprint }
    const { accessToken, expiresInSeconds } = await mint.accessToken(bound, client)
    const scope = scopeText(access.scopes)
    return {
      access_token: accessToken,
      token_type: dpopKeyThumbprint === null ? 'Bearer' : 'DPoP',
      expires_in: expiresInSeconds,
      ...(refresh === null ? {} : { refresh_token: mint.refreshToken(refresh) }),
      ...(idToken === null ? {} : { id_token: await mint.idToken(idToken, client, accessToken) }),
      ...(scope === null ? {} : { scope }),
      ...members,
    }
  }
}

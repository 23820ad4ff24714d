import { MapaeError } from '../domain/errors.ts'
import type { SessionId } from '../domain/ids.ts'
import { FIRST_PARTY_CLIENT_ID } from '../domain/session.ts'
import type { RevocationLog } from '../events/revocation-log.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { DpopProofs } from '../tokens/dpop-proof.ts'
import { invalidToken, readCredentials, verified, type Scheme } from './authenticate.ts'
import { createCheckBinding, type BoundRequest } from './token-binding.ts'

/** Which application is asking, on whose behalf, and for what it may ask. */
export interface ApplicationIdentity {
  readonly clientId: string
  readonly subject: string
  readonly scopes: readonly string[]
  /** Null when it asks for itself. */
  readonly sessionId: SessionId | null
  /** In which the access token came, and errors are told. */
  readonly scheme: Scheme
}

export interface AuthenticateApplication {
  /**
   * Tells which application is asking, from an access token that is for this issuer's own endpoints.
   * Errors: as `Authenticate`, and `invalid_request` when there is one in the header and in the form.
   */
  (request: BoundRequest, accessTokenInForm?: string): Promise<ApplicationIdentity>
}

export function createAuthenticateApplication(
  issuer: string,
  accessTokens: ClientAccessTokens,
  clients: ClientRegistry,
  revocations: RevocationLog,
  proofs: DpopProofs,
): AuthenticateApplication {
  const checkBinding = createCheckBinding(proofs)
  return async (request, accessTokenInForm) => {
    const { scheme, accessToken } = credentialsOf(request.headers, accessTokenInForm)
    const claims = verified(accessTokens, scheme, accessToken)
    const { aud, sid, sub, client_id: clientId, scope } = claims
    if (![aud].flat().includes(issuer)) throw invalidToken('audience_mismatch', scheme)
    const sessionId = (sid ?? null) as SessionId | null
    if (sessionId !== null && revocations.has(sessionId)) {
      throw invalidToken('session_ended', scheme)
    }
    const isApplication = clientId !== FIRST_PARTY_CLIENT_ID
    const isGone = isApplication && (await clients.resolve(clientId as string)) === null
    if (isGone) throw invalidToken('client_disabled', scheme)
    await checkBinding(request, claims, scheme, accessToken)
    const scopes = typeof scope === 'string' ? scope.split(' ') : []
    return { clientId: clientId as string, subject: sub!, scopes, sessionId, scheme }
  }
}

/** In a form it is a bearer token: proofs go with the header. Spec: RFC 6750 sections 2 and 2.2. */
function credentialsOf(
  headers: Headers,
  accessTokenInForm: string | undefined,
): { scheme: Scheme; accessToken: string } {
  if (accessTokenInForm === undefined) return readCredentials(headers)
  if (!headers.has('authorization')) return { scheme: 'Bearer', accessToken: accessTokenInForm }
  throw new MapaeError('invalid_request', {
    detail: 'Send the access token in one place.',
    challenge: 'Bearer error="invalid_request"',
  })
}

/** Errors: `insufficient_scope`. Spec: RFC 6750 section 3.1, RFC 9449 section 7.1. */
export function requireScope({ scopes, scheme }: ApplicationIdentity, scope: string): void {
  if (scopes.includes(scope)) return
  const challenge = `${scheme} error="insufficient_scope", scope="${scope}"`
  throw new MapaeError('insufficient_scope', { challenge })
}

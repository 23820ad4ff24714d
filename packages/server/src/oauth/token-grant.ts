import type { RequestedClaims } from '../domain/authorization-request.ts'
import type { Client, GrantType } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { SessionId, UserId } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'
import type { UnixSeconds } from '../domain/time.ts'
import type { Device } from '../sessions/start.ts'
import type { Parameters } from './parameters.ts'

/** A request at the token endpoint whose client was authenticated. */
export interface TokenRequest {
  readonly client: Client
  readonly parameters: Parameters
  readonly device: Device
  readonly idempotencyKey: string | null
  /** Of the key that the caller proved to hold, and of the certificate that it showed. */
  readonly dpopKeyThumbprint: string | null
  readonly certificateThumbprint: string | null
  /** The refresh token in the client's cookie; null when it has none. Errors: `invalid_request`. */
  readonly readRefreshCookie: () => string | null
}

/** What an access token says. */
export interface AccessGrant {
  readonly subject: string
  readonly audiences: readonly string[]
  readonly scopes: readonly string[]
  readonly sessionId: SessionId | null
  /** It does not outlive this. */
  readonly until: UnixSeconds | null
  /** When the subject signed in, and of which class that was; how is for the client only. */
  readonly authTime: UnixSeconds | null
  readonly acr: string | null
  readonly dpopKeyThumbprint: string | null
  readonly certificateThumbprint: string | null
  /** Who acts for the subject. Spec: RFC 8693 section 4.1. */
  readonly actor: Readonly<Record<string, unknown>> | null
}

/** What an ID token says. */
export interface IdTokenGrant {
  readonly userId: UserId
  readonly subject: string
  readonly sessionId: SessionId
  readonly nonce: string | null
  readonly authTime: UnixSeconds | null
  readonly acr: string | null
  readonly amr: readonly string[] | null
  readonly requestedClaims: RequestedClaims | null
  /** The code that it came for, when it came for one. */
  readonly code: string | null
}

/** What a grant allows; the endpoint makes the answer of it. */
export interface Granted {
  readonly access: AccessGrant
  /** The session whose refresh token is part of the answer. */
  readonly refresh: Session | null
  readonly idToken: IdTokenGrant | null
  /** Further members of the answer. */
  readonly members?: Readonly<Record<string, string>>
  /**
   * Spends what can be used once, when everything that it gives is made: what cannot be made must
   * not cost it. Errors: `invalid_grant`.
   */
  readonly spend?: () => Promise<void>
}

/** One grant: a value in a list. The endpoint authenticates, dispatches and writes. */
export interface Grant {
  readonly type: GrantType
  /** Errors: `invalid_grant` and those of RFC 6749 section 5.2. */
  grant(request: TokenRequest): Promise<Granted>
}

/** Errors: `unauthorized_client` when the client is not registered for the grant. */
export function checkGrant({ grants }: Client, type: GrantType): void {
  if (grants.includes(type)) return
  throw new MapaeError('unauthorized_client', { detail: `This client may not use ${type}.` })
}

import type { UserId } from './ids.ts'
import type { UnixSeconds } from './time.ts'

export type ResponseMode = 'query' | 'fragment' | 'form_post'

export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

/** What is asked of one claim. Spec: OpenID Connect Core section 5.5.1. */
export interface ClaimRequest {
  readonly essential?: boolean
  readonly value?: unknown
  readonly values?: readonly unknown[]
}

/** Single claims that a client asks for. Spec: OpenID Connect Core section 5.5. */
export interface RequestedClaims {
  readonly userinfo?: Readonly<Record<string, ClaimRequest | null>>
  readonly id_token?: Readonly<Record<string, ClaimRequest | null>>
}

/** An authorization request that was checked against its client. */
export interface AuthorizationRequest {
  readonly clientId: string
  /** As the client sent it: on loopback with the port of this time. */
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state: string | null
  readonly scopes: readonly string[]
  /** Audiences of the access token; never empty. */
  readonly resources: readonly string[]
  /** S256: the only method. Null: the client may do without, and sent a nonce. */
  readonly codeChallenge: string | null
  readonly nonce: string | null
  readonly prompts: readonly Prompt[]
  readonly maxAgeSeconds: number | null
  readonly loginHint: string | null
  readonly uiLocales: readonly string[]
  /** Classes of sign-in that the client would like, in its order. */
  readonly acrValues: readonly string[]
  /** Of one of these it has to be, or there is no answer; null: of any. */
  readonly requiredAcrValues: readonly string[] | null
  readonly requestedClaims: RequestedClaims | null
  /** `sub` that the answer must be about, as the client knows it. */
  readonly expectedSubject: string | null
  /** Thumbprint of the key that the code is bound to. Spec: RFC 9449 section 10. */
  readonly dpopKeyThumbprint: string | null
}

/**
 * A request that waits for its user: one that was pushed, or one whose user must sign in or consent
 * first. Whoever knows the random identifier can go on with it. What its user did for it is part of
 * it, so that nothing that was done for another request, or for none, counts.
 */
export interface StoredAuthorizationRequest {
  /** SHA-256 of the identifier, base64url. */
  readonly idHash: string
  readonly request: AuthorizationRequest
  readonly createdAt: UnixSeconds
  readonly expiresAt: UnixSeconds
  /** The user said no. */
  readonly deniedAt: UnixSeconds | null
  /** The browser session of whoever signed in for this request. */
  readonly browserSessionId: string | null
  /** The browser session of whoever was asked which account it shall be, and chose theirs. */
  readonly chosenSessionId: string | null
  /** The user who said yes to this request; the consent that was stored with it says to what. */
  readonly approvedBy: UserId | null
}

export interface AuthorizationRequestStore {
  insert(request: StoredAuthorizationRequest): Promise<void>
  /** Null when it is unknown, was answered, or expired. */
  find(idHash: string, now: UnixSeconds): Promise<StoredAuthorizationRequest | null>
  /** Notes who signed in for it; nothing when there is none. */
  noteSignIn(idHash: string, browserSessionId: string, now: UnixSeconds): Promise<void>
  /** Notes who chose to go on as who they are; nothing when there is none. */
  noteChoice(idHash: string, browserSessionId: string, now: UnixSeconds): Promise<void>
  /** False when there is none to deny. */
  deny(idHash: string, now: UnixSeconds): Promise<boolean>
  /** Takes it away: it gets one answer. False when somebody else did. */
  remove(idHash: string): Promise<boolean>
  /** Deletes up to `limit` that expired; returns how many. */
  forget(now: UnixSeconds, limit: number): Promise<number>
}

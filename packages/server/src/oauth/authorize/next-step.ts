import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { Client } from '../../domain/client.ts'
import type { Consent } from '../../domain/consent.ts'
import type { UnixSeconds } from '../../domain/time.ts'

/** What is known of the person at the browser. */
export interface SignedIn {
  readonly authenticatedAt: UnixSeconds
  /** As the client knows the user. */
  readonly subject: string
}

/** Everything the next step depends on. */
export interface Situation {
  readonly request: AuthorizationRequest
  /** When the request was put aside for its user; null for one that has just come. */
  readonly waitingSince: UnixSeconds | null
  readonly isDenied: boolean
  readonly client: Client
  readonly signedIn: SignedIn | null
  readonly consent: Consent | null
  /** Whether nobody else can receive the answer in this client's place. */
  readonly isClientAssured: boolean
  readonly now: UnixSeconds
}

export type NextStep =
  | { readonly kind: 'sign_in' }
  | { readonly kind: 'consent' }
  | {
      readonly kind: 'error'
      readonly error: 'access_denied' | 'login_required' | 'consent_required'
    }
  | { readonly kind: 'done' }

/**
 * Decides what has to happen before a request is answered. Pure. After each step the browser comes
 * back here; steps never call each other.
 * Spec: OpenID Connect Core section 3.1.2.3 and 3.1.2.4.
 */
export function decideNextStep(situation: Situation): NextStep {
  const { request, isDenied } = situation
  if (isDenied) return { kind: 'error', error: 'access_denied' }
  const mayAsk = !request.prompts.includes('none')
  if (mustSignIn(situation)) {
    return mayAsk ? { kind: 'sign_in' } : { kind: 'error', error: 'login_required' }
  }
  if (isOtherUser(situation)) {
    // Whoever signed in for this request is not whom the client means.
    return mayAsk && !isSince(situation.signedIn?.authenticatedAt, situation)
      ? { kind: 'sign_in' }
      : { kind: 'error', error: 'login_required' }
  }
  if (mustConsent(situation)) {
    return mayAsk ? { kind: 'consent' } : { kind: 'error', error: 'consent_required' }
  }
  return { kind: 'done' }
}

function mustSignIn(situation: Situation): boolean {
  const { request, signedIn, now } = situation
  if (signedIn === null) return true
  if (isSince(signedIn.authenticatedAt, situation)) return false
  const { prompts, maxAgeSeconds } = request
  // An age of 0 is no age, also within the second: it means prompt=login.
  const isAnyTooOld = maxAgeSeconds === 0 || prompts.includes('login')
  if (isAnyTooOld || prompts.includes('select_account')) return true
  return maxAgeSeconds !== null && now - signedIn.authenticatedAt > maxAgeSeconds
}

function isOtherUser({ request, signedIn }: Situation): boolean {
  return request.expectedSubject !== null && request.expectedSubject !== signedIn?.subject
}

function mustConsent(situation: Situation): boolean {
  const { request, client, consent, isClientAssured } = situation
  if (isSince(consent?.grantedAt, situation) && covers(consent, request)) return false
  if (request.prompts.includes('consent')) return true
  if (client.isTrusted) return false
  // Another program on the device may stand in for a native app: its user is asked every time.
  // Spec: RFC 8252 section 8.6.
  return !isClientAssured || !covers(consent, request)
}

/** Whether it happened for this request, after it was put aside. */
function isSince(instant: UnixSeconds | undefined, { waitingSince }: Situation): boolean {
  return instant !== undefined && waitingSince !== null && instant >= waitingSince
}

function covers(consent: Consent | null, request: AuthorizationRequest): boolean {
  if (consent === null) return false
  return (
    request.scopes.every((scope) => consent.scopes.includes(scope)) &&
    request.resources.every((resource) => consent.resources.includes(resource)) &&
    requestedClaimNames(request).every((claim) => consent.claims.includes(claim))
  )
}

/** Single claims that are asked for, of either kind, each once. */
export function requestedClaimNames({ requestedClaims }: AuthorizationRequest): string[] {
  const { userinfo = {}, id_token = {} } = requestedClaims ?? {}
  return [...new Set([...Object.keys(userinfo), ...Object.keys(id_token)])]
}

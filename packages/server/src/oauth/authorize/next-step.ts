import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { Client } from '../../domain/client.ts'
import type { Consent } from '../../domain/consent.ts'
import type { UnixSeconds } from '../../domain/time.ts'

/** What is known of the person at the browser. */
export interface SignedIn {
  readonly authenticatedAt: UnixSeconds
  /** As the client knows the user. */
  readonly subject: string
  /** Whether they signed in for this request, and not for another or for none. */
  readonly isForThis: boolean
}

/** Everything the next step depends on. */
export interface Situation {
  readonly request: AuthorizationRequest
  readonly client: Client
  readonly signedIn: SignedIn | null
  readonly isDenied: boolean
  /** Whether the user who is signed in said yes to this very request. */
  readonly isApproved: boolean
  /** What that user granted to the client, now or before. */
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
  const { request, signedIn, isDenied } = situation
  if (isDenied) return { kind: 'error', error: 'access_denied' }
  const mayAsk = !request.prompts.includes('none')
  if (signedIn === null || !isSignInEnough(signedIn, situation)) {
    // Whoever signed in for this request is not whom the client means: asking again helps nobody.
    const canAsk = mayAsk && signedIn?.isForThis !== true
    return canAsk ? { kind: 'sign_in' } : { kind: 'error', error: 'login_required' }
  }
  if (mustConsent(situation)) {
    return mayAsk ? { kind: 'consent' } : { kind: 'error', error: 'consent_required' }
  }
  return { kind: 'done' }
}

function isSignInEnough(signedIn: SignedIn, { request, now }: Situation): boolean {
  const { expectedSubject, prompts, maxAgeSeconds } = request
  if (expectedSubject !== null && expectedSubject !== signedIn.subject) return false
  if (signedIn.isForThis) return true
  if (prompts.includes('login') || prompts.includes('select_account')) return false
  if (maxAgeSeconds === null) return true
  // An age of 0 is no age, also within the second: it means prompt=login.
  return maxAgeSeconds > 0 && now - signedIn.authenticatedAt <= maxAgeSeconds
}

function mustConsent(situation: Situation): boolean {
  const { request, client, isApproved, consent, isClientAssured } = situation
  const isCovered = covers(consent, request)
  // A consent that was withdrawn meanwhile takes the approval along.
  if (isApproved && isCovered) return false
  if (request.prompts.includes('consent')) return true
  // Another program on the device may stand in for a native app: its user is asked every time, and
  // whose app it is changes nothing. Spec: RFC 8252 section 8.6.
  if (!isClientAssured) return true
  return !client.isTrusted && !isCovered
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

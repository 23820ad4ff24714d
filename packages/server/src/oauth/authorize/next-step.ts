import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { Client } from '../../domain/client.ts'
import type { Consent } from '../../domain/consent.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import { isOperatorsClient } from '../registration/who-registered.ts'

/** What is known of the person at the browser. */
export interface SignedIn {
  readonly authenticatedAt: UnixSeconds
  /** As the client knows the user. */
  readonly subject: string
  /** Every class that the sign-in is of. */
  readonly acrValues: readonly string[]
  /** Whether they signed in for this request, and not for another or for none. */
  readonly isForThis: boolean
  /** Whether they were asked for this request which account it shall be, and chose this one. */
  readonly isChosen: boolean
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
  /** Every class that a sign-in can be of. */
  readonly reachableAcrValues: readonly string[]
  readonly now: UnixSeconds
}

export type NextStep =
  | { readonly kind: 'sign_in' }
  | { readonly kind: 'select_account' }
  | { readonly kind: 'consent' }
  | {
      readonly kind: 'error'
      readonly error:
        | 'access_denied'
        | 'login_required'
        | 'consent_required'
        | 'unmet_authentication_requirements'
    }
  | { readonly kind: 'done' }

/**
 * Decides what has to happen before a request is answered. Pure. After each step the browser comes
 * back here; steps never call each other.
 * Spec: OpenID Connect Core sections 3.1.2.3, 3.1.2.4 and 5.5.1.1.
 */
export function decideNextStep(situation: Situation): NextStep {
  const { request, signedIn, isDenied, reachableAcrValues } = situation
  if (isDenied) return { kind: 'error', error: 'access_denied' }
  // No sign-in would be enough: nobody is asked for one in vain.
  if (!isAmong(request.requiredAcrValues, reachableAcrValues)) {
    return { kind: 'error', error: 'unmet_authentication_requirements' }
  }
  const mayAsk = !request.prompts.includes('none')
  // First of all: who it is that is signed in is nothing for a client that nobody agreed to.
  if (!mayAsk && signedIn !== null && mustConsent(situation)) {
    return { kind: 'error', error: 'consent_required' }
  }
  const shortcoming = signedIn === null ? 'login_required' : shortcomingOf(signedIn, situation)
  if (shortcoming !== null) {
    // Whoever signed in for this request did what they could: asking again helps nobody.
    const canAsk = mayAsk && signedIn?.isForThis !== true
    return canAsk ? { kind: 'sign_in' } : { kind: 'error', error: shortcoming }
  }
  if (mustChoose(situation)) return { kind: 'select_account' }
  return mustConsent(situation) ? { kind: 'consent' } : { kind: 'done' }
}

/** What the client is told of a sign-in that is not what it asks for; null: it is. */
function shortcomingOf(
  signedIn: SignedIn,
  { request, now }: Situation,
): 'login_required' | 'unmet_authentication_requirements' | null {
  const { expectedSubject, requiredAcrValues, prompts, maxAgeSeconds } = request
  const { isForThis, subject, acrValues, authenticatedAt } = signedIn
  if (expectedSubject !== null && expectedSubject !== subject) return 'login_required'
  if (!isAmong(requiredAcrValues, acrValues)) {
    return isForThis ? 'unmet_authentication_requirements' : 'login_required'
  }
  if (isForThis) return null
  // An age of 0 is no age, also within the second: it means prompt=login.
  if (maxAgeSeconds === 0 || prompts.includes('login')) return 'login_required'
  const isTooOld = maxAgeSeconds !== null && now - authenticatedAt > maxAgeSeconds
  return isTooOld ? 'login_required' : null
}

/** A sign-in for this request was a choice too: its page lets them be somebody else. */
function mustChoose({ request, signedIn }: Situation): boolean {
  return request.prompts.includes('select_account') && !signedIn?.isForThis && !signedIn?.isChosen
}

/** Whether one of those that are required is there; of null, any will do. */
function isAmong(required: readonly string[] | null, there: readonly string[]): boolean {
  return required === null || required.some((one) => there.includes(one))
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
  // A stranger says itself where its users go; they agreed to what the page showed them.
  const isWhereAgreed =
    isOperatorsClient(request.clientId) || consent.redirectUri === request.redirectUri
  const isGrantedAt = (resource: string) => {
    const granted = consent.grants.find((one) => one.resource === resource)
    return granted !== undefined && request.scopes.every((scope) => granted.scopes.includes(scope))
  }
  return (
    isWhereAgreed &&
    request.resources.every(isGrantedAt) &&
    requestedClaimNames(request).every((claim) => consent.claims.includes(claim))
  )
}

/** Single claims that are asked for, of either kind, each once. */
export function requestedClaimNames({ requestedClaims }: AuthorizationRequest): string[] {
  const { userinfo = {}, id_token = {} } = requestedClaims ?? {}
  return [...new Set([...Object.keys(userinfo), ...Object.keys(id_token)])]
}

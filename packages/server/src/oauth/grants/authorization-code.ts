import { hash, timingSafeEqual } from 'node:crypto'

import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Random } from '../../domain/ids.ts'
import { networkOf } from '../../domain/network.ts'
import type { Stores } from '../../domain/ports.ts'
import type { Revocation } from '../../domain/revocation.ts'
import type { Session } from '../../domain/session.ts'
import type { Clock } from '../../domain/time.ts'
import { chooseAudiences } from '../audiences.ts'
import { hashOfCode } from '../authorize/authorize.ts'
import type { Lifetimes } from '../client-lifetimes.ts'
import { eventAtStart, newClientSession } from '../client-session.ts'
import type { FailureThrottle } from '../failure-throttle.ts'
import { required, several, single, type Parameters } from '../parameters.ts'
import type { Reach } from '../reach.ts'
import { grantForSession } from '../session-grant.ts'
import type { Subjects } from '../subjects.ts'
import type { Grant, TokenRequest } from '../token-grant.ts'

/** Spec: RFC 7636 section 4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/

export interface CodeGrantServices {
  readonly stores: Pick<Stores, 'authorizationCodes'>
  readonly subjects: Subjects
  readonly reach: Reach
  readonly lifetimes: Lifetimes
  /** Has access tokens refused from now on. */
  readonly tellRevoked: (revoked: readonly Revocation[]) => void
  readonly throttle: FailureThrottle
  readonly clock: Clock
  readonly random: Random
}

/**
 * Exchanges an authorization code for a session of the client. Whoever presents it must be the
 * client that it was made for, and hold the verifier of the request; a second time ends the session
 * of the first. Spec: RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9700 section 2.1.1.
 */
export function authorizationCodeGrant(services: CodeGrantServices): Grant {
  const { stores, subjects, reach, throttle, tellRevoked, lifetimes, clock, random } = services

  async function redeem(
    { codeHash, credentialVersion }: AuthorizationCode,
    session: Session,
  ): Promise<void> {
    const redemption = await stores.authorizationCodes.redeem({
      codeHash,
      session,
      credentialVersion,
      event: eventAtStart('session.started', session),
      replay: eventAtStart('code.reuse_detected', session),
    })
    if (redemption.kind === 'replayed' && redemption.ended !== null) {
      tellRevoked([redemption.ended])
    }
    if (redemption.kind !== 'redeemed') throw invalidCode()
  }

  return {
    type: 'authorization_code',
    async grant(request) {
      const { client, parameters, device } = request
      const code = required(parameters, 'code')
      // The server of an application brings what browsers bring to it: its address is no guesser's.
      const isFromUser = client.authenticationMethod === 'none'
      const key = JSON.stringify(['code', client.id, networkOf(device.ipAddress)])
      if (isFromUser) throttle.check(key)
      const stored = await stores.authorizationCodes.find(hashOfCode(code))
      if (stored === null || !isPresentedRightly(stored, request)) {
        if (isFromUser) throttle.use(key)
        throw invalidCode()
      }
      const allowed = reach.stillAllowed(client, { ...stored, audiences: stored.resources })
      const asked = several(parameters, 'resource')
      const audiences = chooseAudiences(asked, allowed.audiences, allowed.audiences)
      const granted = { ...allowed, resources: allowed.audiences }
      const session = newClientSession(granted, request, lifetimes, clock, random)
      const { scopes, nonce } = granted
      const narrowed = { audiences, scopes, nonce, code }
      return {
        ...grantForSession(session, client, subjects, narrowed),
        spend: () => redeem(stored, session),
      }
    },
  }
}

/**
 * Somebody who has the code only must neither get tokens nor end the session of somebody else, so
 * that what is wrong here changes nothing.
 */
function isPresentedRightly(
  stored: AuthorizationCode,
  { client, parameters, dpopKeyThumbprint }: TokenRequest,
): boolean {
  // OAuth 2.1 leaves it out, OAuth 2.0 requires it: when it is there it must be the same.
  const redirectUri = single(parameters, 'redirect_uri')
  return (
    stored.clientId === client.id &&
    (redirectUri === null || redirectUri === stored.redirectUri) &&
    isVerifiedRightly(stored, parameters) &&
    (stored.dpopKeyThumbprint === null || stored.dpopKeyThumbprint === dpopKeyThumbprint)
  )
}

/**
 * A code of a request without PKCE takes no verifier: else whoever took the challenge out of a
 * request could still exchange its code. Spec: RFC 9700 section 4.8.2.
 */
function isVerifiedRightly(
  { codeChallenge, redirectUri }: AuthorizationCode,
  parameters: Parameters,
): boolean {
  if (codeChallenge === null) {
    const isUnverified = single(parameters, 'code_verifier') === null
    return isUnverified && single(parameters, 'redirect_uri') === redirectUri
  }
  const verifier = required(parameters, 'code_verifier')
  return CODE_VERIFIER.test(verifier) && isVerifierOf(codeChallenge, verifier)
}

function isVerifierOf(challenge: string, verifier: string): boolean {
  const made = hash('sha256', verifier, 'base64url')
  return timingSafeEqual(Buffer.from(made), Buffer.from(challenge))
}

function invalidCode(): MapaeError {
  return new MapaeError('invalid_grant', { detail: 'The code is not valid for this request.' })
}

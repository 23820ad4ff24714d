import { createHash, timingSafeEqual } from 'node:crypto'

import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { NewSecurityEvent } from '../../domain/event.ts'
import { createId, type Random, type SessionId } from '../../domain/ids.ts'
import type { Stores } from '../../domain/ports.ts'
import type { Revocation } from '../../domain/revocation.ts'
import { plainSession, type Session } from '../../domain/session.ts'
import { after, type Clock, type UnixSeconds } from '../../domain/time.ts'
import type { Device } from '../../sessions/start.ts'
import { audienceText, chooseAudiences } from '../audiences.ts'
import { hashOfCode } from '../authorize/authorize.ts'
import { lifetimesOf, type Lifetimes } from '../client-lifetimes.ts'
import type { FailureThrottle } from '../failure-throttle.ts'
import { required, several, single } from '../parameters.ts'
import { scopeText } from '../scopes.ts'
import { grantForSession } from '../session-grant.ts'
import type { Subjects } from '../subjects.ts'
import type { Grant, TokenRequest } from '../token-grant.ts'

/** Spec: RFC 7636 section 4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/

export interface CodeGrantServices {
  readonly stores: Pick<Stores, 'authorizationCodes'>
  readonly subjects: Subjects
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
  const { stores, subjects, throttle, tellRevoked } = services
  return {
    type: 'authorization_code',
    async grant(request) {
      const { client, parameters, device } = request
      const code = required(parameters, 'code')
      const key = JSON.stringify(['code', client.id, device.ipAddress])
      throttle.check(key)
      const stored = await stores.authorizationCodes.find(hashOfCode(code))
      if (stored === null || !isPresentedRightly(stored, request)) {
        throttle.count(key)
        throw invalidCode()
      }
      const asked = several(parameters, 'resource')
      const audiences = chooseAudiences(asked, stored.resources, stored.resources)
      const session = newSession(services, stored, request)
      const redemption = await stores.authorizationCodes.redeem(
        stored.codeHash,
        session,
        stored.credentialVersion,
        [sessionStarted(session)],
        codeReused(session),
      )
      if (redemption.kind === 'replayed' && redemption.ended !== null) {
        tellRevoked([redemption.ended])
      }
      if (redemption.kind !== 'redeemed') throw invalidCode()
      const { scopes, nonce } = stored
      return grantForSession(session, client, subjects, { audiences, scopes, nonce, code })
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
  const verifier = required(parameters, 'code_verifier')
  // OAuth 2.1 leaves it out, OAuth 2.0 requires it: when it is there it must be the same.
  const redirectUri = single(parameters, 'redirect_uri')
  return (
    stored.clientId === client.id &&
    (redirectUri === null || redirectUri === stored.redirectUri) &&
    CODE_VERIFIER.test(verifier) &&
    isVerifierOf(stored.codeChallenge, verifier) &&
    (stored.dpopKeyThumbprint === null || stored.dpopKeyThumbprint === dpopKeyThumbprint)
  )
}

function isVerifierOf(challenge: string, verifier: string): boolean {
  const made = createHash('sha256').update(verifier).digest('base64url')
  return timingSafeEqual(Buffer.from(made), Buffer.from(challenge))
}

function newSession(
  { lifetimes, clock, random }: CodeGrantServices,
  stored: AuthorizationCode,
  { client, device, dpopKeyThumbprint, certificateThumbprint }: TokenRequest,
): Session {
  const now = clock.seconds()
  const { refreshIdleSeconds, refreshAbsoluteSeconds } = lifetimesOf(client, lifetimes)
  return {
    ...plainSession,
    id: createId<SessionId>(clock, random),
    userId: stored.userId,
    clientId: client.id,
    audience: audienceText(stored.resources),
    scope: scopeText(stored.scopes),
    live: 1,
    spent: 0,
    spentAt: null,
    retryKeyHash: null,
    createdAt: now,
    lastUsedAt: now,
    idleExpiresAt: after(now, refreshIdleSeconds),
    absoluteExpiresAt: after(now, refreshAbsoluteSeconds),
    endedAt: null,
    endedReason: null,
    ...labelOf(client, device),
    authTime: stored.authTime,
    acr: stored.acr,
    amr: stored.amr,
    browserSessionId: stored.browserSessionId,
    dpopKeyThumbprint,
    certificateThumbprint,
    requestedClaims: stored.requestedClaims,
  }
}

/** A server exchanges codes for many users: its address is not where they are. */
function labelOf(client: Client, device: Device): Pick<Session, 'deviceLabel' | 'ipAddress'> {
  return client.authenticationMethod === 'none'
    ? { deviceLabel: device.label, ipAddress: device.ipAddress }
    : { deviceLabel: client.name, ipAddress: null }
}

function sessionStarted(session: Session): NewSecurityEvent {
  const details = { client_id: session.clientId }
  return { name: 'session.started', ...about(session, session.createdAt), details }
}

function codeReused(session: Session): NewSecurityEvent {
  const details = { client_id: session.clientId }
  return { name: 'code.reuse_detected', ...about(session, session.createdAt), details }
}

function about({ userId, id: sessionId, ipAddress }: Session, at: UnixSeconds) {
  return { at, userId, sessionId, ipAddress }
}

function invalidCode(): MapaeError {
  return new MapaeError('invalid_grant', { detail: 'The code is not valid for this request.' })
}

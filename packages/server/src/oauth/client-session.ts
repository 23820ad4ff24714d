import type { RequestedClaims } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import { createId, type Random, type SessionId, type UserId } from '../domain/ids.ts'
import { plainSession, type Session } from '../domain/session.ts'
import { after, type Clock, type UnixSeconds } from '../domain/time.ts'
import type { Device } from '../sessions/start.ts'
import { audienceText } from './audiences.ts'
import { lifetimesOf, type Lifetimes } from './client-lifetimes.ts'
import { scopeText } from './scopes.ts'
import type { TokenRequest } from './token-grant.ts'

/** What a user granted to a client, in whatever way. */
export interface GrantedByUser {
  readonly userId: UserId
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly authTime: UnixSeconds
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly browserSessionId: string | null
  readonly requestedClaims: RequestedClaims | null
}

/**
 * The session that a client gets for what its user granted. It is bound to the key that the client
 * proves to hold, unless the client proves who it is anyway: such a client may change its key.
 * Spec: RFC 9449 section 5.
 */
export function newClientSession(
  granted: GrantedByUser,
  { client, device, dpopKeyThumbprint, certificateThumbprint }: TokenRequest,
  lifetimes: Lifetimes,
  clock: Clock,
  random: Random,
): Session {
  const now = clock.seconds()
  const { refreshIdleSeconds, refreshAbsoluteSeconds } = lifetimesOf(client, lifetimes)
  return {
    ...plainSession,
    id: createId<SessionId>(clock, random),
    userId: granted.userId,
    clientId: client.id,
    audience: audienceText(granted.resources),
    scope: scopeText(granted.scopes),
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
    authTime: granted.authTime,
    acr: granted.acr,
    amr: granted.amr,
    browserSessionId: granted.browserSessionId,
    dpopKeyThumbprint: client.authenticationMethod === 'none' ? dpopKeyThumbprint : null,
    certificateThumbprint,
    requestedClaims: granted.requestedClaims,
  }
}

/** A server exchanges codes for many users: its address is not where they are. */
function labelOf(client: Client, device: Device): Pick<Session, 'deviceLabel' | 'ipAddress'> {
  return client.authenticationMethod === 'none'
    ? { deviceLabel: device.label, ipAddress: device.ipAddress }
    : { deviceLabel: client.name, ipAddress: null }
}

/** An event about the session at its start. */
export function eventAtStart(
  name: 'session.started' | 'code.reuse_detected',
  { userId, id: sessionId, ipAddress, createdAt: at, clientId }: Session,
): NewSecurityEvent {
  return { name, at, userId, sessionId, ipAddress, details: { client_id: clientId } }
}

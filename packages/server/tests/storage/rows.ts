import { randomBytes } from 'node:crypto'

import type { EventName, NewSecurityEvent } from '../../src/domain/event.ts'
import type { SessionId, UserId } from '../../src/domain/ids.ts'
import type { StartedSession, Stores } from '../../src/domain/ports.ts'
import { plainSession, type Session } from '../../src/domain/session.ts'
import type { UnixSeconds } from '../../src/domain/time.ts'
import type { User } from '../../src/domain/user.ts'
import { NOW } from './engines.ts'

const DAY_SECONDS = 86_400

export function at(secondsFromNow: number): UnixSeconds {
  return (NOW + secondsFromNow) as UnixSeconds
}

function newId(): string {
  return randomBytes(16).toString('base64url')
}

export function newUser(changes: Partial<User> = {}): User {
  const id = newId() as UserId
  return {
    id,
    username: `name ${id}`,
    usernameKey: `key ${id}`,
    email: null,
    passwordHash: '$argon2id$one',
    credentialVersion: 1,
    createdAt: NOW,
    disabledAt: null,
    previouslyDisabledAt: null,
    isDemo: false,
    ...changes,
  }
}

export function newSession(userId: UserId, changes: Partial<Session> = {}): Session {
  return {
    id: newId() as SessionId,
    userId,
    clientId: 'first-party',
    audience: 'https://api.example.com',
    scope: null,
    live: 1,
    spent: 0,
    spentAt: null,
    retryKeyHash: null,
    createdAt: NOW,
    lastUsedAt: NOW,
    idleExpiresAt: at(30 * DAY_SECONDS),
    absoluteExpiresAt: at(180 * DAY_SECONDS),
    endedAt: null,
    endedReason: null,
    deviceLabel: null,
    ipAddress: null,
    ...plainSession,
    ...changes,
  }
}

export function newEvent(
  name: EventName,
  about: { userId?: UserId | null; sessionId?: SessionId | null } = {},
): NewSecurityEvent {
  const { userId = null, sessionId = null } = about
  return { name, at: NOW, userId, sessionId, ipAddress: null, details: {} }
}

export async function storeUser({ users }: Stores, changes: Partial<User> = {}): Promise<User> {
  const user = newUser(changes)
  await users.insert(user, newEvent('user.created', { userId: user.id }))
  return user
}

/** Starts a session of the user; throws when the store refuses it. */
export async function storeSession(
  { sessions }: Stores,
  user: User,
  changes: Partial<Session> = {},
): Promise<Session> {
  const session = newSession(user.id, changes)
  const started = newEvent('session.started', { userId: user.id, sessionId: session.id })
  const { credentialVersion } = user
  if (!(await sessions.start(startOf(session, { credentialVersion, events: [started] })))) {
    throw new Error('the session was refused')
  }
  return session
}

/** Its start with the first password, without events, and without having been counted. */
export function startOf(session: Session, changes: Partial<StartedSession> = {}): StartedSession {
  return { session, credentialVersion: 1, events: [], counted: null, ...changes }
}

/** The names of all events, oldest first. */
export async function eventNames({ events }: Stores): Promise<EventName[]> {
  return (await events.list(0, 10_000)).map(({ name }) => name)
}

/** What happens when the live generation of the session is exchanged. */
export function advanced(session: Session, changes: Partial<Session> = {}): Session {
  return {
    ...session,
    live: session.live + 1,
    spent: session.live,
    spentAt: at(1),
    lastUsedAt: at(1),
    ...changes,
  }
}

import { createHash } from 'node:crypto'

import type { BrowserSession, BrowserSessionStore } from '../domain/browser-session.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import { createId, type BrowserSessionId, type Random, type UserId } from '../domain/ids.ts'
import type { SessionEndReason } from '../domain/session.ts'
import { after, earlier, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import type { RevocationLog } from '../events/revocation-log.ts'
import type { Device } from '../sessions/start.ts'
import type { StartFor } from './password.ts'

const SECRET_BYTES = 32
const SECRET = /^[A-Za-z0-9_-]{43}$/
/** A use is written down once in so long: looking at a page is not always a write. */
const TOUCH_SECONDS = 60

export interface BrowserSessionLifetimes {
  readonly idleSeconds: Seconds
  readonly absoluteSeconds: Seconds
}

/** Who asks to sign in, and the session that the browser has now. */
export interface Browser extends Device {
  readonly session: BrowserSession | null
}

export interface StartedBrowserSession {
  readonly session: BrowserSession
  /** For the cookie; nobody can tell it again. */
  readonly secret: string
}

export interface BrowserSessions {
  /**
   * Signs the browser in as a user who just proved who they are. The secret is always a new one, so
   * that one that somebody planted or copied before is worth nothing. A session of the same user
   * goes on under its identity, one of another user ends. Null when the account was disabled or its
   * password changed since it was read.
   */
  readonly start: StartFor<Browser, StartedBrowserSession>
  /** The open session of that secret, or null. Notes that it was used. */
  find(secret: string): Promise<BrowserSession | null>
  /**
   * Ends one of the user's, with the sessions of applications that were started in it; their access
   * tokens are refused here from the moment this resolves. False when it was over already.
   */
  end(id: BrowserSessionId, userId: UserId, reason: SessionEndReason): Promise<boolean>
}

export function createBrowserSessions(
  sessions: BrowserSessionStore,
  revocations: RevocationLog,
  { idleSeconds, absoluteSeconds }: BrowserSessionLifetimes,
  clock: Clock,
  random: Random,
): BrowserSessions {
  const idleExpiry = (now: UnixSeconds, absoluteExpiresAt: UnixSeconds) =>
    earlier(after(now, idleSeconds), absoluteExpiresAt)

  return {
    async start(user, browser, because, counted) {
      const now = clock.seconds()
      const secret = Buffer.from(random(SECRET_BYTES)).toString('base64url')
      const isSameUser = browser.session?.userId === user.id
      const absoluteExpiresAt = after(now, absoluteSeconds)
      const session: BrowserSession = {
        id: isSameUser ? browser.session.id : createId<BrowserSessionId>(clock, random),
        userId: user.id,
        authenticatedAt: now,
        methods: ['pwd'],
        lastUsedAt: now,
        idleExpiresAt: idleExpiry(now, absoluteExpiresAt),
        absoluteExpiresAt,
        deviceLabel: browser.label,
        ipAddress: browser.ipAddress,
      }
      const ended = await sessions.start({
        session,
        secretHash: hashOf(secret),
        credentialVersion: user.credentialVersion,
        instead: isSameUser ? null : browser.session,
        events: [because, started(session)],
        counted: counted ?? null,
      })
      if (ended === null) return null
      revocations.add(ended)
      return { session, secret }
    },

    async find(secret) {
      if (!SECRET.test(secret)) return null
      const session = await sessions.findBySecretHash(hashOf(secret))
      const now = clock.seconds()
      if (session === null || isOver(session, now)) return null
      if (now - session.lastUsedAt < TOUCH_SECONDS) return session
      const idleExpiresAt = idleExpiry(now, session.absoluteExpiresAt)
      await sessions.touch(session.id, now, idleExpiresAt)
      return { ...session, lastUsedAt: now, idleExpiresAt }
    },

    async end(id, userId, reason) {
      const ended = await sessions.end(id, userId, reason, clock.seconds())
      revocations.add(ended ?? [])
      return ended !== null
    },
  }
}

function isOver(session: BrowserSession, now: UnixSeconds): boolean {
  return now >= session.idleExpiresAt || now >= session.absoluteExpiresAt
}

/** Without a salt: 256 random bits are not guessed. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

function started(session: BrowserSession): NewSecurityEvent {
  return {
    name: 'browser_session.started',
    at: session.authenticatedAt,
    userId: session.userId,
    sessionId: null,
    ipAddress: session.ipAddress,
    details: { browser_session_id: session.id },
  }
}

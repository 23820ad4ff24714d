import { createId, type Random, type SessionId } from '../domain/ids.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { CountedSignIn, SessionStore } from '../domain/ports.ts'
import { plainSession, type Session } from '../domain/session.ts'
import { after, type Clock, type Seconds } from '../domain/time.ts'
import type { User } from '../domain/user.ts'

/** What is known of the caller; for the user's list of devices and for the audit. */
export interface Device {
  readonly label: string | null
  readonly ipAddress: string | null
  /** Of the key that it proved to hold: its session is bound to that. */
  readonly dpopKeyThumbprint?: string | null
}

/** A caller who signs in to an app of the operator. */
export interface FirstPartyCaller extends Device {
  /** How they do it, where tokens shall say that and when; else they say nothing of it. */
  readonly toldMethods?: Pick<Session, 'acr' | 'amr'> | null
}

export interface SessionStartSettings {
  readonly idleSeconds: Seconds
  readonly absoluteSeconds: Seconds
  readonly clientId: string
  readonly audience: string
}

export interface StartSession {
  /**
   * Starts a session for a user who just proved who they are. Null when the account was disabled
   * or its password changed since it was read: the proof does not count any more. With it the
   * sign-in that was counted is taken back.
   */
  (
    user: User,
    caller: FirstPartyCaller,
    because: NewSecurityEvent,
    counted?: CountedSignIn,
  ): Promise<Session | null>
}

export function createStartSession(
  sessions: SessionStore,
  settings: SessionStartSettings,
  clock: Clock,
  random: Random,
): StartSession {
  return async (user, caller, because, counted) => {
    const now = clock.seconds()
    const told = caller.toldMethods ?? null
    const session: Session = {
      id: createId<SessionId>(clock, random),
      userId: user.id,
      clientId: settings.clientId,
      audience: settings.audience,
      scope: null,
      live: 1,
      spent: 0,
      spentAt: null,
      retryKeyHash: null,
      createdAt: now,
      lastUsedAt: now,
      idleExpiresAt: after(
        now,
        Math.min(settings.idleSeconds, settings.absoluteSeconds) as Seconds,
      ),
      absoluteExpiresAt: after(now, settings.absoluteSeconds),
      endedAt: null,
      endedReason: null,
      deviceLabel: caller.label,
      ipAddress: caller.ipAddress,
      ...plainSession,
      ...(told === null ? {} : { authTime: now, ...told }),
      dpopKeyThumbprint: caller.dpopKeyThumbprint ?? null,
    }
    const started: NewSecurityEvent = {
      name: 'session.started',
      at: now,
      userId: user.id,
      sessionId: session.id,
      ipAddress: caller.ipAddress,
      details: { client_id: session.clientId },
    }
    const stored = await sessions.start({
      session,
      credentialVersion: user.credentialVersion,
      events: [{ ...because, sessionId: session.id }, started],
      counted: counted ?? null,
    })
    return stored ? session : null
  }
}

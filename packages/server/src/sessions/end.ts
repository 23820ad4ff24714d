import type { RevocationLog } from '../events/revocation-log.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { SessionId, UserId } from '../domain/ids.ts'
import type { SessionStore } from '../domain/ports.ts'
import type { SessionEndReason } from '../domain/session.ts'
import type { Clock } from '../domain/time.ts'

export interface EndSession {
  /**
   * Ends a session for good; its access tokens are refused here from the moment this resolves.
   * False when it was not open. `because` is stored with it.
   */
  (id: SessionId, reason: SessionEndReason, because?: NewSecurityEvent): Promise<boolean>
}

export function createEndSession(
  sessions: SessionStore,
  revocations: RevocationLog,
  clock: Clock,
): EndSession {
  return async (id, reason, because) => {
    const ended = await sessions.end(id, reason, clock.seconds(), because)
    if (ended === null) return false
    revocations.add([ended])
    return true
  }
}

export interface EndAllSessions {
  /** Ends every session of the user. */
  (userId: UserId, reason: SessionEndReason): Promise<void>
}

export function createEndAllSessions(
  sessions: SessionStore,
  revocations: RevocationLog,
  clock: Clock,
): EndAllSessions {
  return async (userId, reason) => {
    revocations.add(await sessions.endAllOfUser(userId, reason, clock.seconds()))
  }
}

import type { EventName, NewSecurityEvent } from '../domain/event.ts'
import type { StoredKey } from '../domain/signing-key.ts'
import type { Clock } from '../domain/time.ts'

/** Why a key was made, retired or withdrawn. */
export type KeyChangeReason = 'first' | 'scheduled' | 'requested' | 'replacement'

/** The event of a change to a key; it names the key and holds nothing of it. */
export function keyEvent(
  name: Extract<EventName, `key.${string}`>,
  { kid, purpose, algorithm, signsFrom }: StoredKey,
  reason: KeyChangeReason,
  clock: Clock,
): NewSecurityEvent {
  const times = name === 'key.published' ? { signs_from: signsFrom } : {}
  return {
    name,
    at: clock.seconds(),
    userId: null,
    sessionId: null,
    ipAddress: null,
    details: { kid, purpose, algorithm, reason, ...times },
  }
}

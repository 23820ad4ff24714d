import type { Revocation } from '../domain/revocation.ts'
import type { UnixSeconds } from '../domain/time.ts'

export interface LoggedRevocation extends Revocation {
  /** From then on no token that it is about can be alive. */
  readonly forgetAt: UnixSeconds
  /** When this process learned of it. */
  readonly learnedAt: UnixSeconds
}

/** Revocations in the order in which this process learned of them, each once. */
export interface RevocationEntries {
  /** A session by its identifier. */
  has(sessionId: string): boolean
  /** False when it is there already. */
  add(entry: LoggedRevocation): boolean
  /** From the oldest on; a late one among them waits for those before it. */
  forget(now: UnixSeconds): void
  /** Position of the oldest entry. Positions never change their meaning. */
  readonly start: number
  /** Position behind the newest entry. */
  readonly end: number
  /** Entries from the position on, or from the oldest on when that is later. */
  from(position: number): Iterable<LoggedRevocation>
  /** Position of the first entry that was learned at or after the instant. */
  positionAt(instant: UnixSeconds): number
}

export function createRevocationEntries(): RevocationEntries {
  const entries: LoggedRevocation[] = []
  const known = new Set<string>()
  let start = 0

  return {
    has: (sessionId) => known.has(sessionId),
    add(entry) {
      if (known.has(nameOf(entry))) return false
      known.add(nameOf(entry))
      entries.push(entry)
      return true
    },
    forget(now) {
      const alive = entries.findIndex(({ forgetAt }) => forgetAt >= now)
      const gone = entries.splice(0, alive === -1 ? entries.length : alive)
      for (const one of gone) known.delete(nameOf(one))
      start += gone.length
    },
    get start() {
      return start
    },
    get end() {
      return start + entries.length
    },
    *from(position) {
      for (let index = Math.max(0, position - start); index < entries.length; index++) {
        yield entries[index]!
      }
    },
    positionAt(instant) {
      const index = entries.findIndex(({ learnedAt }) => learnedAt >= instant)
      return start + (index === -1 ? entries.length : index)
    },
  }
}

/** Sessions, which are asked for all the time, by their identifiers, which have no spaces. */
function nameOf({ kind, subject, at }: Revocation): string {
  return kind === 'session' ? subject : `${kind} ${subject} ${at}`
}

import { MapaeError } from '../../../packages/server/src/domain/errors.ts'
import type { SessionStore } from '../../../packages/server/src/domain/ports.ts'
import type { Session } from '../../../packages/server/src/domain/session.ts'
import type { Clock, UnixSeconds } from '../../../packages/server/src/domain/time.ts'
import type { RevocationLog } from '../../../packages/server/src/events/revocation-log.ts'
import { createEndSession } from '../../../packages/server/src/sessions/end.ts'
import { createRefreshSession } from '../../../packages/server/src/sessions/refresh.ts'
import type { RotationPolicy } from '../../../packages/server/src/sessions/rotation.ts'
import type { RefreshTokens } from '../../../packages/server/src/tokens/refresh-token.ts'
import { keyText, type Presented } from './model.ts'

/** Where a refresh call stands still: before a write, before it reads again, or at its end. */
export type Stop =
  | { readonly at: 'write' }
  | { readonly at: 'second read' }
  | { readonly at: 'answer'; readonly generation: number }
  | { readonly at: 'refusal'; readonly revoked: boolean }

/**
 * One session and one refresh call at a time that stops between its read and its write. What comes
 * before the read, the exchange of the newest token in one step, needs no stop: when it fails it
 * has changed nothing, and the call goes on as one that arrives later.
 */
export interface Lane {
  readonly session: Session
  /** Presents a generation at the instant, and runs to the first stop. */
  start(presented: Presented, now: UnixSeconds): Promise<Stop>
  /** Runs on from the stop before a write to the next one. */
  resume(now: UnixSeconds): Promise<Stop>
  /** Forgets the call, as a crash would. */
  abandon(): void
}

const REFUSALS: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_dpop_proof'])

class Abandoned extends Error {}

export function createLane(
  session: Session,
  sessions: SessionStore,
  refreshTokens: (clock: Clock) => RefreshTokens,
  revocations: RevocationLog,
  policy: RotationPolicy,
): Lane {
  let now = 0 as UnixSeconds
  let reads = 0
  let revoked = false
  let stopped = Promise.withResolvers<Stop>()
  let gate = Promise.withResolvers<void>()

  async function pause(stop: Stop): Promise<void> {
    gate = Promise.withResolvers<void>()
    stopped.resolve(stop)
    await gate.promise
  }

  const gated: SessionStore = {
    ...sessions,
    async find(id) {
      reads += 1
      if (reads > 1) await pause({ at: 'second read' })
      return sessions.find(id)
    },
    async advance(from, to, event) {
      await pause({ at: 'write' })
      return sessions.advance(from, to, event)
    },
    async end(id, reason, at, because) {
      await pause({ at: 'write' })
      revoked = true
      return sessions.end(id, reason, at, because)
    },
  }
  const clock: Clock = { seconds: () => now, milliseconds: () => now * 1000 }
  const tokens = refreshTokens(clock)
  const endSession = createEndSession(gated, revocations, clock)
  const refresh = createRefreshSession(gated, tokens, endSession, policy, clock)
  const minted = new Map<number, string>()

  function refreshTokenOf(generation: number): string {
    const known = minted.get(generation) ?? tokens.mint({ ...session, live: generation })
    minted.set(generation, known)
    return known
  }

  return {
    session,
    start({ generation, key, proof }, instant) {
      now = instant
      reads = 0
      revoked = false
      stopped = Promise.withResolvers<Stop>()
      const request = {
        refreshToken: refreshTokenOf(generation),
        idempotencyKey: keyText(key, generation),
        dpopKeyThumbprint: proof,
        ipAddress: null,
      }
      refresh(request).then(
        ({ live }) => stopped.resolve({ at: 'answer', generation: live }),
        (error: unknown) => {
          if (error instanceof Abandoned) return
          const isRefusal = error instanceof MapaeError && REFUSALS.has(error.code)
          if (isRefusal) stopped.resolve({ at: 'refusal', revoked })
          else stopped.reject(error)
        },
      )
      return stopped.promise
    },
    resume(instant) {
      now = instant
      stopped = Promise.withResolvers<Stop>()
      gate.resolve()
      return stopped.promise
    },
    abandon: () => gate.reject(new Abandoned()),
  }
}

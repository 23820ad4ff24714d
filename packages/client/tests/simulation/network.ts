import { decideRotation } from '../../../server/src/sessions/rotation.ts'
import type { Session } from '../../../server/src/domain/session.ts'
import type { Seconds, UnixSeconds } from '../../../server/src/domain/time.ts'
import type { Timeline } from './timeline.ts'

/** What happens to one request: how long each way takes, in milliseconds, or that it gets lost. */
export interface Fate {
  readonly there: number | 'lost'
  readonly back: number | 'lost'
}

export const GOOD_FATE: Fate = { there: 20, back: 20 }

const LIFE_SECONDS = 60
const GRACE_SECONDS = 10
const EPOCH_SECONDS = 1_800_000_000

/** The server's rules on one session, and how its answers look. */
export function createSimulatedServer(timeline: Timeline) {
  const seconds = (): number => EPOCH_SECONDS + Math.floor(timeline.now() / 1000)
  let session = {
    live: 1,
    spent: 0,
    spentAt: null,
    retryKeyHash: null,
    endedAt: null,
    dpopKeyThumbprint: null,
    idleExpiresAt: EPOCH_SECONDS * 2,
    absoluteExpiresAt: EPOCH_SECONDS * 2,
  } as unknown as Session
  const outcomes: string[] = []
  let minted = 0

  function tokens() {
    minted += 1
    return {
      access_token: `access ${minted}`,
      expires_in: LIFE_SECONDS,
      refresh_token: `refresh ${session.live}`,
    }
  }

  return {
    outcomes,
    seconds,
    /** Why the session ended, or null. */
    get ended(): string | null {
      return session.endedAt === null ? null : outcomes.at(-1)!
    },
    live: () => session.live,
    tokens,
    end() {
      session = { ...session, endedAt: seconds() as UnixSeconds }
      outcomes.push('logout')
    },
    refresh(refreshToken: string, attemptKey: string | null): { status: number; json: object } {
      const decision = decideRotation(
        session,
        {
          generation: Number(refreshToken.split(' ')[1]),
          retryKeyHash: attemptKey,
          dpopKeyThumbprint: null,
        },
        {
          graceSeconds: GRACE_SECONDS as Seconds,
          idleSeconds: EPOCH_SECONDS as Seconds,
          lostResponse: 'recover',
        },
        seconds() as UnixSeconds,
      )
      outcomes.push(decision.kind)
      if ('next' in decision) session = decision.next
      if (decision.kind === 'refused' || decision.kind === 'reuse_detected') {
        if (decision.kind === 'reuse_detected') {
          session = { ...session, endedAt: seconds() as UnixSeconds }
        }
        return { status: 400, json: { code: 'invalid_grant' } }
      }
      return { status: 200, json: tokens() }
    },
  }
}

export type SimulatedServer = ReturnType<typeof createSimulatedServer>

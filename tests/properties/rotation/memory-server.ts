import { plainSession, type Session } from '../../../packages/server/src/domain/session.ts'
import type { Seconds, UnixSeconds } from '../../../packages/server/src/domain/time.ts'
import {
  decideRotation,
  type RotationPolicy,
} from '../../../packages/server/src/sessions/rotation.ts'
import { keyText, type AttemptKey, type Configuration, type Presented, type Row } from './model.ts'
import type { Outcome, Server, Step } from './server.ts'

const NOW = 1_800_000_000
const FAR = (NOW + 1_000_000_000) as UnixSeconds

export type Decide = typeof decideRotation

/** Whether the row is still the one that was read. */
export type CompareRows = (seen: Row, current: Row) => boolean

export const compareAsStored: CompareRows = (seen, current) =>
  current.live === seen.live && current.spent === seen.spent && current.ended === null

export interface Rules {
  readonly decide?: Decide | undefined
  readonly isUnchanged?: CompareRows | undefined
  /** Whether the newest token is exchanged without reading the row first. */
  readonly exchangesLiveAtOnce?: boolean
}

/** The rules alone: the real decision, on rows in memory. */
export function createMemoryServer(
  { graceSeconds, bound }: Configuration,
  rules: Rules = {},
): Server {
  const { decide = decideRotation, isUnchanged = compareAsStored } = rules
  const policy: RotationPolicy = {
    graceSeconds: graceSeconds as Seconds,
    idleSeconds: 1_000_000_000 as Seconds,
    lostResponse: 'recover',
  }

  function decision(row: Row, { generation, key, proof }: Presented) {
    const retryKeyHash = keyText(key, generation)
    const presented = { generation, retryKeyHash, dpopKeyThumbprint: proof }
    return decide(sessionOf(row, bound), presented, policy, NOW as UnixSeconds)
  }

  function outcomeOf(step: Step): Outcome {
    const { row } = step
    if (step.kind === 'end') return { kind: 'ended', row: { ...row, ended: 'logout' } }
    const { kind, next } = {
      next: null,
      ...decision(step.kind === 'begin' ? row : step.seen, step.presented),
    }
    switch (kind) {
      case 'refused':
      case 'proof_missing':
        return { kind: 'refused', row }
      case 'retried':
      case 'raced':
        return { kind: 'answered', generation: row.live, row }
      case 'wrong_key':
      case 'reuse_detected':
        if (step.kind === 'begin') return { kind: 'deciding', row }
        return { kind: 'revoked', row: { ...row, ended: row.ended ?? 'reuse' } }
      case 'rotated':
      case 'recovered': {
        const isAtOnce = kind === 'rotated' && rules.exchangesLiveAtOnce === true
        if (step.kind === 'begin' && !isAtOnce) return { kind: 'deciding', row }
        const { seen, seenSecondsAgo } = { seen: row, seenSecondsAgo: 0, ...step }
        if (!isUnchanged(seen, row)) return { kind: 'overtaken', row }
        const written = rowOf(next, seenSecondsAgo, graceSeconds)
        return { kind: 'answered', generation: written.live, row: written }
      }
    }
  }

  return { run: async (steps) => steps.map(outcomeOf), close: async () => {} }
}

function sessionOf({ live, spent, spentAge, key, ended }: Row, bound: boolean): Session {
  return {
    id: '' as Session['id'],
    userId: '' as Session['userId'],
    clientId: '',
    audience: '',
    scope: null,
    live,
    spent,
    spentAt: spent === 0 ? null : ((NOW - spentAge) as UnixSeconds),
    retryKeyHash: keyText(key, spent),
    createdAt: NOW as UnixSeconds,
    lastUsedAt: NOW as UnixSeconds,
    idleExpiresAt: FAR,
    absoluteExpiresAt: FAR,
    endedAt: ended === null ? null : (NOW as UnixSeconds),
    endedReason: null,
    deviceLabel: null,
    ipAddress: null,
    ...plainSession,
    dpopKeyThumbprint: bound ? 'own' : null,
  }
}

function rowOf(session: Session, secondsAgo: number, graceSeconds: number): Row {
  const { live, spent, spentAt, retryKeyHash, endedAt } = session
  const age = spentAt === null ? 0 : NOW - spentAt + secondsAgo
  return {
    live,
    spent,
    spentAge: Math.min(age, graceSeconds + 1),
    key: (retryKeyHash?.split(' ', 1)[0] ?? null) as AttemptKey,
    ended: endedAt === null ? null : 'logout',
  }
}

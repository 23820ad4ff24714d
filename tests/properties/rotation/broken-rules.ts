import { decideRotation } from '../../../packages/server/src/sessions/rotation.ts'
import { configurations } from './configurations.ts'
import { compareAsStored, type CompareRows, type Decide } from './memory-server.ts'
import type { Configuration } from './model.ts'
import type { Property } from './properties.ts'

const { withoutKeys, withKeys, oneTabThiefWithKeys, oneTabThiefWithoutKeys } = configurations
const { bound, boundThief, boundThiefOfStorage } = configurations

/** A server that breaks one rule, where it shows, and what it costs. */
export interface BrokenRule {
  readonly name: string
  readonly decide?: Decide
  readonly isUnchanged?: CompareRows
  readonly seenWith: Configuration
  readonly breaks: Property
}

type Decision = ReturnType<Decide>
type Next = Extract<Decision, { next: unknown }>['next']

/** Changes what is stored by decisions of that kind. */
function storing(
  kind: 'rotated' | 'recovered',
  change: (next: Next, before: Next) => Partial<Next>,
): Decide {
  return (session, presented, policy, now) => {
    const decision = decideRotation(session, presented, policy, now)
    if (decision.kind !== kind) return decision
    return { kind, next: { ...decision.next, ...change(decision.next, session!) } }
  }
}

/** Takes a detected reuse for a race where the condition holds. */
function forgiving(
  condition: (session: Next, presented: Parameters<Decide>[1]) => boolean,
): Decide {
  return (session, presented, policy, now) => {
    const decision = decideRotation(session, presented, policy, now)
    const isForgiven = decision.kind === 'reuse_detected' && condition(session!, presented)
    return isForgiven ? { kind: 'raced' } : decision
  }
}

/** Decides on a changed row or presentation when the spent token comes again. */
function misreadingSpent(misread: (...input: Parameters<Decide>) => Parameters<Decide>): Decide {
  return (...input) => {
    const [session, { generation }] = input
    return decideRotation(...(session?.spent === generation ? misread(...input) : input))
  }
}

/** Takes one outcome for another. */
function mistaking(kind: Decision['kind'], decision: Decision): Decide {
  return (...input) => {
    const decided = decideRotation(...input)
    return decided.kind === kind ? decision : decided
  }
}

/** Decides as if the key had been proven of which there was that proof, or none. */
function trusting(proof: 'other' | null): Decide {
  return (session, presented, ...rest) => {
    const isTrusted = presented.dpopKeyThumbprint === proof && session !== null
    const proven = isTrusted
      ? { ...presented, dpopKeyThumbprint: session.dpopKeyThumbprint }
      : presented
    return decideRotation(session, proven, ...rest)
  }
}

function graceOf(change: (graceSeconds: number) => number): Decide {
  return (session, presented, policy, now) => {
    const graceSeconds = change(policy.graceSeconds) as typeof policy.graceSeconds
    return decideRotation(session, presented, { ...policy, graceSeconds }, now)
  }
}

export const brokenRules: readonly BrokenRule[] = [
  {
    name: 'row 1: an ended session counts as open',
    decide: (session, ...rest) => decideRotation(session && { ...session, endedAt: null }, ...rest),
    seenWith: withoutKeys,
    breaks: 'P4 no resurrection',
  },
  {
    name: 'row 2: a bound session asks for no proof',
    decide: trusting(null),
    seenWith: boundThief,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 2: no proof counts as the proof of another key',
    decide: mistaking('proof_missing', { kind: 'wrong_key' }),
    seenWith: boundThief,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 3: every key is the right one',
    decide: trusting('other'),
    seenWith: boundThief,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 3: another key is refused and the session lives on',
    decide: mistaking('wrong_key', { kind: 'refused' }),
    seenWith: boundThiefOfStorage,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 5: a retry is not recognised by its key',
    decide: misreadingSpent((session, presented, ...rest) => [
      session!.dpopKeyThumbprint === presented.dpopKeyThumbprint
        ? { ...session!, dpopKeyThumbprint: null }
        : session,
      presented,
      ...rest,
    ]),
    seenWith: bound,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 5: a retry is an exchange',
    decide: (...input) => {
      const decision = decideRotation(...input)
      const [session] = input
      if (decision.kind !== 'retried') return decision
      return { kind: 'recovered', next: { ...session!, live: session!.live + 1 } }
    },
    seenWith: bound,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 4: an exchange makes no new generation',
    decide: storing('rotated', (_next, before) => ({ live: before.live })),
    seenWith: withoutKeys,
    breaks: 'P3 one line',
  },
  {
    name: 'row 4: an exchange does not record what was spent',
    decide: storing('rotated', (_next, before) => ({ spent: before.spent })),
    seenWith: withoutKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 4: an exchange does not record when it was',
    decide: storing('rotated', (_next, before) => ({ spentAt: before.spentAt })),
    seenWith: withoutKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 4: an exchange does not record its key',
    decide: storing('rotated', () => ({ retryKeyHash: null })),
    seenWith: withKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 6: a retry is not recognised by its key',
    decide: misreadingSpent((session, presented, ...rest) => [
      session,
      { ...presented, retryKeyHash: null },
      ...rest,
    ]),
    seenWith: withKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 6: every key is the right one',
    decide: misreadingSpent((session, presented, ...rest) => [
      session,
      { ...presented, retryKeyHash: session!.retryKeyHash },
      ...rest,
    ]),
    seenWith: oneTabThiefWithKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 7: there is no grace',
    decide: graceOf(() => 0),
    seenWith: withoutKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 7: the last second of the grace is missing',
    decide: graceOf((graceSeconds) => graceSeconds - 1),
    seenWith: withoutKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 7: the grace has no end (the previous token always works)',
    decide: graceOf(() => Number.MAX_SAFE_INTEGER),
    seenWith: oneTabThiefWithKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 7: the grace has no end, without keys',
    decide: graceOf(() => Number.MAX_SAFE_INTEGER),
    seenWith: oneTabThiefWithoutKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 8: a lost response is not made good (strict)',
    decide: (session, presented, policy, now) =>
      decideRotation(session, presented, { ...policy, lostResponse: 'strict' }, now),
    seenWith: withoutKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 8: a recovery leaves the child alive',
    decide: (...input) => {
      const decision = decideRotation(...input)
      return decision.kind === 'recovered' ? { kind: 'raced' } : decision
    },
    seenWith: oneTabThiefWithoutKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 8: a recovery gives the child out again',
    decide: storing('recovered', (_next, before) => ({ live: before.live })),
    seenWith: withoutKeys,
    breaks: 'P3 one line',
  },
  {
    name: 'row 8: a recovery does not record when it was',
    decide: storing('recovered', (_next, before) => ({ spentAt: before.spentAt })),
    seenWith: withoutKeys,
    breaks: 'P1 no false logout',
  },
  {
    name: 'row 8: the key of the recorded exchange is not looked at',
    decide: misreadingSpent((session, presented, ...rest) => [
      session!.retryKeyHash === presented.retryKeyHash
        ? session
        : { ...session!, retryKeyHash: null },
      presented,
      ...rest,
    ]),
    seenWith: oneTabThiefWithKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 8: the key of this presentation is not looked at',
    decide: misreadingSpent((session, presented, ...rest) => [
      session,
      session!.retryKeyHash === presented.retryKeyHash
        ? presented
        : { ...presented, retryKeyHash: null },
      ...rest,
    ]),
    seenWith: oneTabThiefWithKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'row 9: a token older than the spent one is taken for a race',
    decide: forgiving((session, { generation }) => generation > 0 && generation < session.spent),
    seenWith: withoutKeys,
    breaks: 'P3 one line',
  },
  {
    name: 'row 9: a dead child is taken for a race',
    decide: forgiving(
      (session, { generation }) => generation > session.spent && generation < session.live,
    ),
    seenWith: withoutKeys,
    breaks: 'P3 one line',
  },
  {
    name: 'row 9: a generation never handed out is taken for a race',
    decide: forgiving((session, { generation }) => generation > session.live),
    seenWith: withoutKeys,
    breaks: 'P3 one line',
  },
  {
    name: 'row 9: reuse is refused and the session lives on',
    decide: (...input) => {
      const decision = decideRotation(...input)
      return decision.kind === 'reuse_detected' ? { kind: 'refused' } : decision
    },
    seenWith: oneTabThiefWithKeys,
    breaks: 'P2 theft ends',
  },
  {
    name: 'no compare-and-set',
    isUnchanged: () => true,
    seenWith: { ...withoutKeys, logout: false },
    breaks: 'P3 one line',
  },
  {
    name: 'the compare-and-set does not look at the live generation',
    isUnchanged: (seen, current) => current.spent === seen.spent && current.ended === null,
    seenWith: withoutKeys,
    breaks: 'P3 one line',
  },
  {
    name: 'the compare-and-set does not look whether the session ended',
    isUnchanged: (seen, current) => compareAsStored(seen, { ...current, ended: null }),
    seenWith: withoutKeys,
    breaks: 'P4 no resurrection',
  },
]

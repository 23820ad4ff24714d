import type { KeyPurpose, KeyTimes, StoredKey } from '../domain/signing-key.ts'
import { after, type Seconds, type UnixSeconds } from '../domain/time.ts'

/** How long anybody may keep an answer of `/.well-known/jwks.json`. */
export const JWKS_MAX_AGE_SECONDS = 300
/** How far the clocks of two machines may be apart. */
const CLOCK_SKEW_SECONDS = 60
/** How late a node may be in reading the keys. */
const LATE_NODE_SECONDS = 60
/** How long @mapae/jwt serves keys on that it cannot fetch again. */
const STALE_VERIFIER_SECONDS = 3600

/** From publishing a key to signing with it: until then every node has read it. */
const NODE_LEAD_SECONDS = (CLOCK_SKEW_SECONDS + LATE_NODE_SECONDS) as Seconds

/**
 * The same for keys that resource servers verify with: by then every cached key set is gone, also
 * one that a proxy kept for its time, then a verifier for its own, then longer as we were away.
 */
const VERIFIER_LEAD_SECONDS = (2 * JWKS_MAX_AGE_SECONDS +
  STALE_VERIFIER_SECONDS +
  NODE_LEAD_SECONDS) as Seconds

export const publicationLeadSeconds: Readonly<Record<KeyPurpose, Seconds>> = {
  access_token: VERIFIER_LEAD_SECONDS,
  refresh_token: NODE_LEAD_SECONDS,
  id_token: VERIFIER_LEAD_SECONDS,
  id_token_es256: VERIFIER_LEAD_SECONDS,
  id_token_eddsa: VERIFIER_LEAD_SECONDS,
  access_token_rs256: VERIFIER_LEAD_SECONDS,
  access_token_eddsa: VERIFIER_LEAD_SECONDS,
}

/**
 * Kept beyond the life of what a key signed: a node may have signed with it for longer, being late
 * or its clock behind, and verifiers may tolerate clocks too.
 */
const RETIREMENT_MARGIN_SECONDS = 300 as Seconds

/** A key that replaces a withdrawn one signs from this long ago: on nodes with slow clocks too. */
export const AT_ONCE_SECONDS = CLOCK_SKEW_SECONDS as Seconds

/**
 * `published`: known, not signing yet. `signing`: one at a time. `verify-only`: what it signed may
 * be alive. `retired` and `withdrawn`: nothing verifies with it.
 */
export type KeyStage = 'published' | 'signing' | 'verify-only' | 'retired' | 'withdrawn'

export interface StagedKey<K extends KeyTimes> {
  readonly key: K
  readonly stage: KeyStage
  /** When the stage began. */
  readonly since: UnixSeconds
  /** When the next key takes over, or took over; null while there is none. */
  readonly signsUntil: UnixSeconds | null
  /** From then on nothing that it signed is alive; null while nobody can know. */
  readonly safeToRetireAt: UnixSeconds | null
}

/** Decides the stage of each key of one purpose at an instant. Keeps their order. */
export function decideStages<K extends KeyTimes>(
  keys: readonly K[],
  now: UnixSeconds,
): StagedKey<K>[] {
  const signing = findSigning(keys, now)
  return keys.map((key) => {
    const signsUntil = findSigningEnd(keys, key)
    const safeToRetireAt =
      signsUntil === null
        ? null
        : after(after(signsUntil, key.longestTokenSeconds), RETIREMENT_MARGIN_SECONDS)
    return { key, ...decideStage(key, signing, signsUntil), signsUntil, safeToRetireAt }
  })
}

function decideStage(
  key: KeyTimes,
  signing: KeyTimes | undefined,
  signsUntil: UnixSeconds | null,
): { stage: KeyStage; since: UnixSeconds } {
  // Whoever reads these obeys them, whatever the clock of the writer was.
  if (key.withdrawnAt !== null) return { stage: 'withdrawn', since: key.withdrawnAt }
  if (key.retiredAt !== null) return { stage: 'retired', since: key.retiredAt }
  if (key === signing) return { stage: 'signing', since: key.signsFrom }
  return signing !== undefined && isBefore(signing, key)
    ? { stage: 'published', since: key.createdAt }
    : { stage: 'verify-only', since: signsUntil! }
}

/**
 * The last whose time has come. When none's has, a clock was set back, and the first one signs:
 * everybody has known it for longest.
 */
function findSigning<K extends KeyTimes>(keys: readonly K[], now: UnixSeconds): K | undefined {
  const alive = living(keys)
  return alive.findLast((key) => key.signsFrom <= now) ?? alive[0]
}

/** The first later key takes over; one that was withdrawn before its time never did. */
function findSigningEnd(keys: readonly KeyTimes[], key: KeyTimes): UnixSeconds | null {
  const [next] = keys
    .filter((other) => isBefore(key, other))
    .filter(({ withdrawnAt, signsFrom }) => withdrawnAt === null || withdrawnAt > signsFrom)
    .toSorted(compareKeys)
  return next?.signsFrom ?? null
}

function living<K extends KeyTimes>(keys: readonly K[]): K[] {
  return keys
    .filter((key) => key.retiredAt === null && key.withdrawnAt === null)
    .toSorted(compareKeys)
}

function isBefore(a: KeyTimes, b: KeyTimes): boolean {
  return compareKeys(a, b) < 0
}

function compareKeys(a: KeyTimes, b: KeyTimes): number {
  return a.signsFrom - b.signsFrom || (a.kid < b.kid ? -1 : Number(a.kid > b.kid))
}

/** When the key that signs last among the living ones is due to get a successor. */
export function nextPublicationAt(
  keys: readonly StoredKey[],
  rotationSeconds: Seconds,
): UnixSeconds | null {
  const newest = findNewest(keys)
  if (newest === undefined || rotationSeconds === 0) return null
  const lead = publicationLeadSeconds[newest.purpose]
  return (newest.signsFrom + rotationSeconds - lead) as UnixSeconds
}

/** The living key that signs last, whether its time has come or not. */
export function findNewest<K extends KeyTimes>(keys: readonly K[]): K | undefined {
  return living(keys).at(-1)
}

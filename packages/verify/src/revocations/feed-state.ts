import {
  createVerifier,
  decodeUnverified,
  NO_AUDIENCE,
  TokenError,
  type KeyProvider,
} from '@mapae/jwt'

import { parseBatch } from './batch.ts'
import { FeedError } from './feed-error.ts'
import type { RevocationSet } from './revocation-set.ts'

/** Longest batch read, in characters: what a line of the stream and a page may have. */
export const LONGEST_BATCH = 1_048_576
/** Clocks of two nodes may differ by so much, and so may this one from theirs. */
const clockDifferenceSeconds = 60
/** A batch from another node may be older than the last one by so much. */
const nodesApartSeconds = 10

/**
 * Where in the feed this verifier is, and how fresh what it knows is. Only a batch that is signed,
 * recent and next in line moves it; anything else is refused and leaves all as it was.
 */
export class FeedState {
  readonly set: RevocationSet
  readonly #clock: () => number
  readonly #verify: (token: string) => Promise<ReturnType<typeof parseBatch>>
  #cursor: string | undefined
  #newestIssuedAt = 0
  #freshAt: number | undefined

  constructor(issuer: string, keys: KeyProvider, set: RevocationSet, clock: () => number) {
    this.set = set
    this.#clock = clock
    const verifier = createVerifier({
      keys,
      issuer,
      // Whoever may read the feed reads the same one.
      audience: NO_AUDIENCE,
      typ: 'revocations+jwt',
      requiredClaims: ['iat', 'cursor'],
      clockToleranceSeconds: clockDifferenceSeconds,
      maxTokenLength: LONGEST_BATCH,
      clock,
    })
    this.#verify = async (token) => parseBatch(await verifier.async(token))
  }

  /** Presented to go on from here; undefined: everything is wanted. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  /** Seconds since what is known was the whole truth; Infinity before it ever was. */
  get lagSeconds(): number {
    return this.#freshAt === undefined ? Infinity : Math.max(0, this.#clock() - this.#freshAt)
  }

  /** Ask for everything again. What is known stays: entries are a set. */
  forgetCursor(): void {
    this.#cursor = undefined
  }

  /**
   * Take a batch in. Returns whether there is more to ask for at once.
   * Errors ({@link FeedError}): `batch_refused`, `batch_malformed`, `batch_replayed`, `cursor_gap`.
   */
  async accept(token: string): Promise<boolean> {
    const batch = await this.#read(token)
    const now = this.#clock()
    if (batch.issuedAt > now + clockDifferenceSeconds) throw new FeedError('batch_refused')
    if (batch.issuedAt < this.#newestIssuedAt - nodesApartSeconds) {
      throw new FeedError('batch_replayed')
    }
    if (batch.from !== undefined && batch.from !== this.#cursor) throw new FeedError('cursor_gap')
    this.set.add(batch, now)
    this.#cursor = batch.cursor
    this.#newestIssuedAt = Math.max(this.#newestIssuedAt, batch.issuedAt)
    // A clock that is ahead must not make it look fresher than it can be.
    if (!batch.hasMore) this.#freshAt = Math.max(this.#freshAt ?? 0, Math.min(batch.issuedAt, now))
    return batch.hasMore
  }

  async #read(token: string) {
    try {
      const batch = await this.#verify(token)
      // Whoever stole a key must not be able to feed with it after it was withdrawn.
      const { kid } = decodeUnverified(token, { maxTokenLength: LONGEST_BATCH }).header
      if (kid !== undefined && this.set.hasKey(kid)) throw new FeedError('batch_refused')
      return batch
    } catch (error) {
      if (error instanceof TokenError) throw new FeedError('batch_refused', error)
      throw error
    }
  }
}

/**
 * Proofs that were used, so that none is used twice. Bounded: when it is full the oldest ones are
 * forgotten, and from then on proofs as old as those are refused, unused or not. So a flood makes
 * clients prove afresh sooner, and lets no proof through twice.
 */
export class ReplaySet {
  readonly #maxProofs: number
  /** When each was made, in the order in which they came. */
  readonly #proofs = new Map<string, number>()
  #refusedUntil = -Infinity

  constructor(maxProofs: number) {
    this.#maxProofs = maxProofs
  }

  /** Whether this is its first use; remembers it. Times are Unix seconds. */
  use(proof: string, issuedAt: number, oldestAccepted: number): boolean {
    if (issuedAt <= this.#refusedUntil || this.#proofs.has(proof)) return false
    this.#proofs.set(proof, issuedAt)
    for (const [old, at] of this.#proofs) {
      const isExpired = at < oldestAccepted
      if (!isExpired && this.#proofs.size <= this.#maxProofs) break
      this.#proofs.delete(old)
      if (!isExpired) this.#refusedUntil = Math.max(this.#refusedUntil, at)
    }
    return true
  }
}

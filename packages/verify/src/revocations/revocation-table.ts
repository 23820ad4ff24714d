/** Of the identifiers that the server makes: 128 bits as base64url. */
const identifierCharacters = 22
const wordsPerEntry = 6
const smallestCapacity = 64

/** Characters to 6-bit values; 64 for what is not base64url. */
const values = /* @__PURE__ */ (() => {
  const table = new Uint8Array(128).fill(64)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value
  return table
})()

/** Where an identifier is decoded to; synchronous code only, so that nobody else writes meanwhile. */
const decoded = /* @__PURE__ */ new Uint32Array(4)

/**
 * Decode an identifier to 128 bits. False for what is not one in its canonical form: two texts must
 * never become the same entry.
 */
function decode(identifier: string): boolean {
  if (identifier.length !== identifierCharacters) return false
  let word = 0
  let accumulated = 0
  let bits = 0
  for (let index = 0; index < identifierCharacters; index++) {
    const value = values[identifier.charCodeAt(index)] ?? 64
    if (value === 64) return false
    if (bits + 6 < 32) {
      accumulated = (accumulated << 6) | value
      bits += 6
    } else {
      const taken = 32 - bits
      const left = 6 - taken
      decoded[word++] = (accumulated << taken) | (value >> left)
      accumulated = value & ((1 << left) - 1)
      bits = left
    }
  }
  return word === 4 && accumulated === 0
}

/**
 * Identifiers with two instants each, in 24 bytes a place and with no object of their own: a hundred
 * thousand of them are a few MiB and nothing to walk through for the garbage collector.
 * An identifier of another form, as other issuers have them, goes into an ordinary map.
 */
export class RevocationTable {
  /** Four words of the identifier, `issuedBefore`, `forgetAt`; a place is free when the last is 0. */
  #places = new Uint32Array(0)
  #capacity = 0
  #compact = 0
  readonly #others = new Map<string, { issuedBefore: number; forgetAt: number }>()

  /** Entries, those that may be forgotten but were not yet among them. */
  get size(): number {
    return this.#compact + this.#others.size
  }

  /** Bytes of the table; what is in the map is not counted. */
  get bytes(): number {
    return this.#places.byteLength
  }

  /** Tokens of this identifier that were issued before this instant are refused; 0: none. */
  issuedBefore(identifier: string): number {
    if (this.#compact > 0 && decode(identifier)) {
      const place = this.#find()
      return this.#places[place + 5] === 0 ? 0 : this.#places[place + 4]!
    }
    return this.#others.size === 0 ? 0 : (this.#others.get(identifier)?.issuedBefore ?? 0)
  }

  /** Add an entry. Of two for one identifier the stricter stays. Instants are Unix seconds, not 0. */
  add(identifier: string, issuedBefore: number, forgetAt: number, now: number): void {
    if (!decode(identifier)) {
      const old = this.#others.get(identifier)
      this.#others.set(identifier, {
        issuedBefore: Math.max(issuedBefore, old?.issuedBefore ?? 0),
        forgetAt: Math.max(forgetAt, old?.forgetAt ?? 0),
      })
      return
    }
    if (this.#compact * 4 >= this.#capacity * 3) {
      this.forget(now)
      decode(identifier)
    }
    this.#put(issuedBefore, forgetAt)
  }

  /** Drop what may be forgotten, and make room for as much again as is left. */
  forget(now: number): void {
    for (const [identifier, { forgetAt }] of this.#others) {
      if (forgetAt <= now) this.#others.delete(identifier)
    }
    const old = this.#places
    let left = 0
    for (let place = 0; place < old.length; place += wordsPerEntry) {
      if (old[place + 5]! > now) left++
    }
    // To keep a few too long does no harm: their tokens have expired.
    const isWorthIt = (this.#compact - left) * 8 > this.#compact
    if (!isWorthIt && left * 4 < this.#capacity * 3) return
    // At least a quarter is free afterwards; a power of two would waste up to half.
    this.#capacity = Math.max(smallestCapacity, Math.ceil(left * 1.7))
    this.#places = new Uint32Array(this.#capacity * wordsPerEntry)
    this.#compact = 0
    for (let place = 0; place < old.length; place += wordsPerEntry) {
      if (old[place + 5]! <= now) continue
      decoded.set(old.subarray(place, place + 4))
      this.#put(old[place + 4]!, old[place + 5]!)
    }
  }

  #put(issuedBefore: number, forgetAt: number): void {
    const places = this.#places
    const place = this.#find()
    if (places[place + 5] === 0) {
      places.set(decoded, place)
      this.#compact++
    }
    places[place + 4] = Math.max(places[place + 4]!, issuedBefore)
    places[place + 5] = Math.max(places[place + 5]!, forgetAt)
  }

  /** The place of what was decoded last, or the free one where it belongs. */
  #find(): number {
    const places = this.#places
    const [first, second, third, fourth] = decoded as unknown as [number, number, number, number]
    // The front of a time-ordered identifier is the same for many. Nobody but the issuer chooses
    // identifiers, so nobody can make them collide on purpose.
    let index = Math.imul(third ^ fourth, 0x9e37_79b1) >>> 0
    index %= this.#capacity
    for (;;) {
      const place = index * wordsPerEntry
      if (places[place + 5] === 0) return place
      if (
        places[place] === first &&
        places[place + 1] === second &&
        places[place + 2] === third &&
        places[place + 3] === fourth
      ) {
        return place
      }
      index++
      if (index === this.#capacity) index = 0
    }
  }
}

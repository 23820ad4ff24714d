import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

import type { Clock, UnixSeconds } from '../domain/time.ts'

/** Together 21 bytes, which are exactly 28 base64url characters: there is one spelling of each. */
const INSTANT_BYTES = 5
const MAC_BYTES = 16
const NONCE = /^[\w-]{28}$/

/**
 * What the server hands out for proofs to carry: how old such a proof is at most is known without
 * the client's clock. Nothing is stored, and every node knows the nonces of the others.
 * Spec: RFC 9449 section 8.
 */
export interface DpopNonces {
  issue(): string
  /** When it was issued; null when no node did. */
  issuedAt(nonce: string): UnixSeconds | null
}

/** A nonce is the instant and its MAC under a key made from the master key. */
export function createDpopNonces(masterKey: Uint8Array, clock: Clock): DpopNonces {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'mapae dpop nonce', 32))

  function macOf(instant: Uint8Array): Buffer {
    return createHmac('sha256', key).update(instant).digest().subarray(0, MAC_BYTES)
  }

  return {
    issue() {
      const instant = Buffer.alloc(INSTANT_BYTES)
      instant.writeUIntBE(clock.seconds(), 0, INSTANT_BYTES)
      return Buffer.concat([instant, macOf(instant)]).toString('base64url')
    },
    issuedAt(nonce) {
      if (!NONCE.test(nonce)) return null
      const bytes = Buffer.from(nonce, 'base64url')
      const instant = bytes.subarray(0, INSTANT_BYTES)
      if (!timingSafeEqual(bytes.subarray(INSTANT_BYTES), macOf(instant))) return null
      return instant.readUIntBE(0, INSTANT_BYTES) as UnixSeconds
    },
  }
}

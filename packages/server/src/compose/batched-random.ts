import type { Random } from '../domain/ids.ts'

/** Identifiers need no more; keys and secrets that are longer are drawn when they are needed. */
const MOST_BYTES_OF_BATCH = 16
const BATCH_BYTES = 1024

/**
 * Draws what identifiers need for many at a time: to ask the system costs the same for eight bytes
 * and for a thousand, and every access token has eight. No byte is handed out twice.
 */
export function createBatchedRandom(draw: Random): Random {
  let batch: Uint8Array = new Uint8Array()
  let used = 0
  return (byteCount) => {
    if (byteCount > MOST_BYTES_OF_BATCH) return draw(byteCount)
    if (used + byteCount > batch.length) {
      batch = draw(BATCH_BYTES)
      used = 0
    }
    used += byteCount
    return batch.subarray(used - byteCount, used)
  }
}

// What the feed weighs: bytes on the wire, and bytes in memory. Run by itself it says what the
// memory is, which needs a process that has nothing else in it: `node --expose-gc sizes.ts memory`.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { createSigner, generateKey } from '@mapae/jwt'

import { RevocationSet } from '../../packages/verify/src/revocations/revocation-set.ts'

export const ENTRIES = 100_000

const NOW = 1_800_000_000
/** As many as the server puts into a page. */
const ENTRIES_PER_PAGE = 13_888

export interface Sizes {
  /** One batch without entries, as an event of the stream. */
  readonly heartbeatBytes: number
  /** What one more session in a batch adds. */
  readonly entryBytes: number
  /** All pages of a snapshot. */
  readonly snapshotBytes: number
}

const identifier = () => randomBytes(16).toString('base64url')
const sessionsOf = (count: number) =>
  Array.from({ length: count }, () => [identifier(), NOW + 660] as const)

/** Batches as the server signs them, with the issuer of the documentation. */
export function measureSizes(): Sizes {
  const sign = createSigner({
    key: generateKey('ES256', { kid: identifier() }),
    typ: 'revocations+jwt',
    maxTokenLength: 1_048_576,
  })
  const cursor = `AbCdEfGh.1000000.${NOW}`
  const eventOf = (count: number): string => {
    const claims = {
      iss: 'https://auth.example.com',
      iat: NOW,
      exp: NOW + 600,
      from: cursor,
      cursor,
    }
    const token = sign(count === 0 ? claims : { ...claims, sessions: sessionsOf(count) })
    return `id: ${cursor}\nevent: revocations\ndata: ${token}\n\n`
  }
  const heartbeatBytes = eventOf(0).length
  let snapshotBytes = 0
  for (let left = ENTRIES; left > 0; left -= ENTRIES_PER_PAGE) {
    snapshotBytes += eventOf(Math.min(left, ENTRIES_PER_PAGE)).length
  }
  return {
    heartbeatBytes,
    entryBytes: (eventOf(1000).length - heartbeatBytes) / 1000,
    snapshotBytes,
  }
}

/** Bytes that entries take, with the garbage collected. `map`: what a plain Map would take. */
async function measureMemory(kind: 'set' | 'map'): Promise<number> {
  const used = async () => {
    // Buffers are given back a turn after their objects.
    for (let turn = 0; turn < 4; turn++) {
      globalThis.gc!()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  // Once with few, so that code and lists are there already.
  const fill = (count: number) => {
    if (kind === 'map') return new Map(sessionsOf(count))
    const set = new RevocationSet()
    for (let left = count; left > 0; left -= 1000) {
      const batch = { issuedAt: NOW, from: undefined, cursor: 'a', hasMore: false }
      const none = { users: [], clients: [], keys: [] }
      set.add({ ...batch, ...none, sessions: sessionsOf(Math.min(left, 1000)) }, NOW)
    }
    return set
  }
  const few = fill(100)
  const before = await used()
  const many = fill(ENTRIES)
  const after = await used()
  if (few.size + many.size !== ENTRIES + 100) throw new Error('entries were lost')
  return after - before
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await measureMemory(process.argv[2] === 'map' ? 'map' : 'set'))
}

import {
  createRemoteKeys,
  TokenError,
  type Algorithm,
  type KeyProvider,
  type RemoteKeys,
} from '@mapae/jwt'

import type { Surroundings } from '../surroundings.ts'
import { createDiscoverySchedule } from './discovery-schedule.ts'
import { discover, type IssuerMetadata } from './metadata.ts'

/** An issuer whose metadata and keys are read when first needed and kept fresh behind requests. */
export interface RemoteIssuer {
  /** For `verify.async`; waits for discovery where there were no keys yet. */
  readonly keys: KeyProvider
  /** For `verify`: the same keys, never waiting. Good once `isReady` said so. */
  readonly keysAtHand: KeyProvider
  /** Whether there are keys that may be used, and asks for newer ones where it is time to. */
  isReady(): boolean
  /** Errors: `DiscoveryError`; not asked again before a while has passed. */
  metadata(): Promise<IssuerMetadata>
  /** Resolves when there are keys. Errors: as above, and `keys_unavailable` (`TokenError`). */
  load(): Promise<void>
}

/** A set of keys that was exchanged for another must not seem to be the same. */
const epochsPerKeySet = 1_000_000

/**
 * Unknown key names lead to one request in so many seconds. Not more: a key that replaces a
 * withdrawn one signs at once, and nobody must be able to keep it unknown with tokens of made-up keys.
 */
const cooldownSeconds = 5

export function createRemoteIssuer(issuer: string, { fetch, clock }: Surroundings): RemoteIssuer {
  let remote: RemoteKeys | undefined
  let jwksUri: string | undefined
  let generation = 0

  const discovery = createDiscoverySchedule(async () => {
    const found = await discover(issuer, fetch)
    if (remote === undefined || found.jwksUri !== jwksUri) {
      remote = createRemoteKeys(found.jwksUri, { fetch, clock, cooldownSeconds })
      jwksUri = found.jwksUri
      generation++
    }
    return found
  }, clock)

  const refresh = async (kid?: string): Promise<void> => {
    await discovery.get().catch(() => {
      throw new TokenError('keys_unavailable')
    })
    await remote!.refresh?.(kid)
  }

  const keysAtHand: KeyProvider = {
    get epoch() {
      return generation * epochsPerKeySet + (remote?.epoch ?? 0)
    },
    find(alg: Algorithm, kid: string | undefined) {
      if (remote === undefined) throw new TokenError('keys_unavailable')
      return remote.find(alg, kid)
    },
  }

  return {
    keysAtHand,
    keys: {
      get epoch() {
        return keysAtHand.epoch
      },
      find: (alg, kid) => keysAtHand.find(alg, kid),
      refresh,
    },
    isReady() {
      void discovery.ask()
      if (remote === undefined) return false
      // A promise means that there are no keys that may still be used.
      const waiting = remote.refresh?.()
      waiting?.catch(() => {})
      return waiting === undefined
    },
    metadata: async () => discovery.get(),
    async load() {
      await discovery.get()
      await remote!.load()
    },
  }
}

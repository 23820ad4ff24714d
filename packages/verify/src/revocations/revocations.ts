import { decideFreshness, type FreshnessDecision } from '../freshness.ts'
import { describeHealth, type Health } from '../health.ts'
import { createFeedAccess } from '../issuer/client-credentials.ts'
import type { RemoteIssuer } from '../issuer/remote-issuer.ts'
import type { CheckedOptions } from '../options.ts'
import { FeedState } from './feed-state.ts'
import { RevocationSet } from './revocation-set.ts'
import { FeedSubscriber } from './subscriber.ts'

/** What is revoked, and how well that is known. */
export interface Revocations {
  readonly set: RevocationSet
  freshness(): FreshnessDecision
  health(): Health
  /** Starts following, once. Resolves when everything is known, or there is no feed to know it from. */
  follow(): Promise<void>
  close(): void
}

/** Two heartbeats may be lost. */
const silenceMilliseconds = 12_000

export function createRevocations(options: CheckedOptions, issuer: RemoteIssuer): Revocations {
  const { freshness, surroundings } = options
  const isFollowed = options.revocations !== 'off'
  const set = new RevocationSet()
  const state = new FeedState(options.issuer, issuer.keys, set, surroundings.clock)
  const access = createFeedAccess(options.feedCredentials, issuer, surroundings)
  const subscriber = new FeedSubscriber(issuer, access, state, surroundings, {
    mode: options.revocations === 'poll' ? 'poll' : 'stream',
    pollSeconds: options.pollSeconds,
    silenceMilliseconds,
  })
  return {
    set,
    // The usual policy has nothing to look up.
    freshness: () =>
      freshness === 'open' ? 'go on' : decideFreshness(freshness, state.lagSeconds),
    health: () => describeHealth(isFollowed, subscriber, state, issuer.isReady()),
    async follow() {
      if (!isFollowed) return
      subscriber.start()
      await subscriber.caughtUp
    },
    close: () => subscriber.close(),
  }
}

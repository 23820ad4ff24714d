import type { FeedErrorCode } from './revocations/feed-error.ts'
import type { FeedState } from './revocations/feed-state.ts'
import type { FeedStatus, FeedSubscriber } from './revocations/subscriber.ts'

/** How things are. Nothing in it is secret. */
export interface Health {
  /** Whether there are keys to verify with. */
  readonly hasKeys: boolean
  /** `off`: not followed, as told. `absent`: the issuer has none. */
  readonly feed: FeedStatus | 'off'
  /** How old what is known about revocations is; null: nothing is known yet, or nothing is followed. */
  readonly lagSeconds: number | null
  /** Revocations in memory. */
  readonly revocations: number
  readonly revocationBytes: number
  /** Answers and batches of the feed that were refused since the start. */
  readonly refusedBatches: number
  /** Why the feed was left last; null while all is well. */
  readonly lastError: FeedErrorCode | null
}

export function describeHealth(
  followsFeed: boolean,
  subscriber: FeedSubscriber,
  state: FeedState,
  hasKeys: boolean,
): Health {
  const lag = state.lagSeconds
  return {
    hasKeys,
    feed: followsFeed ? subscriber.status : 'off',
    lagSeconds: followsFeed && Number.isFinite(lag) ? lag : null,
    revocations: state.set.size,
    revocationBytes: state.set.bytes,
    refusedBatches: subscriber.refusals,
    lastError: subscriber.lastError ?? null,
  }
}

/** Spec: Prometheus text format 0.0.4. A lag that is not known is left out: no number would be true. */
export function writeMetrics(health: Health): string {
  const { lagSeconds, revocations, refusedBatches } = health
  const connected = health.feed === 'streaming' || health.feed === 'polling' ? 1 : 0
  const lines = [
    ...(lagSeconds === null
      ? []
      : metric('revocation_lag_seconds', 'gauge', 'Age of what is known.', lagSeconds)),
    ...metric('revocation_feed_connected', 'gauge', 'Whether the feed is followed.', connected),
    ...metric('revocations', 'gauge', 'Revocations in memory.', revocations),
    ...metric('refused_batches_total', 'counter', 'Refused parts of the feed.', refusedBatches),
  ]
  return `${lines.join('\n')}\n`
}

function metric(name: string, type: 'gauge' | 'counter', help: string, value: number): string[] {
  const full = `mapae_verify_${name}`
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, `${full} ${value}`]
}

import type { Clock } from '../domain/time.ts'
import { createMetrics, type Metrics } from '../http/metrics.ts'
import type { PasswordHasher } from '../login/password-hashing.ts'
import type { RefreshOutcome } from '../sessions/refresh.ts'
import type { Feed } from './feed.ts'

/** How often each thing came out of a refresh. */
export type RefreshOutcomes = Map<RefreshOutcome, number>

export function composeMetrics(
  { revocations, stream }: Feed,
  hasher: PasswordHasher,
  refreshOutcomes: RefreshOutcomes,
  clock: Clock,
): Metrics {
  return createMetrics(() => [
    ...[...refreshOutcomes].map(
      ([outcome, count]) => ['mapae_refreshes_total', { outcome }, count] as const,
    ),
    ['mapae_password_hashes', { state: 'running' }, hasher.running],
    ['mapae_password_hashes', { state: 'waiting' }, hasher.waiting],
    ['mapae_revocation_subscribers', {}, stream.subscriberCount],
    ['mapae_revocation_entries', {}, revocations.entries.end - revocations.entries.start],
    ['mapae_revocation_lag_seconds', {}, Math.max(0, clock.seconds() - revocations.readAt)],
  ])
}

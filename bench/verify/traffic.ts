import type { Sizes } from './sizes.ts'

const SESSIONS = 100_000_000
const DAY_SECONDS = 86_400
/** Access tokens live ten minutes; entries are kept a minute longer. */
const KEPT_SECONDS = 660
const HEARTBEATS_PER_SECOND = 1 / 5
/** The server rests 50 ms between batches. */
const MOST_BATCHES_PER_SECOND = 20
const DAYS_BETWEEN_SIGN_OUTS = [90, 30, 7, 1] as const

export interface TrafficRow {
  readonly daysBetweenSignOuts: number
  readonly endsPerSecond: number
  /** What one verifier receives. */
  readonly kilobytesPerSecond: number
  readonly gigabytesPerMonth: number
  readonly liveEntries: number
  readonly snapshotMegabytes: number
  readonly memoryMegabytes: number
}

/**
 * What one verifier receives and keeps, for 100 million sessions that each end once in so many days.
 * Each end is an entry; ends of the same 50 ms share a batch.
 */
export function computeTraffic(
  { heartbeatBytes, entryBytes, snapshotBytes }: Sizes,
  memoryBytesPerEntry: number,
  measuredEntries: number,
): TrafficRow[] {
  return DAYS_BETWEEN_SIGN_OUTS.map((days) => {
    const endsPerSecond = SESSIONS / (days * DAY_SECONDS)
    const batches = Math.max(
      HEARTBEATS_PER_SECOND,
      Math.min(endsPerSecond, MOST_BATCHES_PER_SECOND),
    )
    const bytesPerSecond = batches * heartbeatBytes + endsPerSecond * entryBytes
    const liveEntries = endsPerSecond * KEPT_SECONDS
    return {
      daysBetweenSignOuts: days,
      endsPerSecond,
      kilobytesPerSecond: bytesPerSecond / 1000,
      gigabytesPerMonth: (bytesPerSecond * 30 * DAY_SECONDS) / 1e9,
      liveEntries,
      snapshotMegabytes: (liveEntries * snapshotBytes) / measuredEntries / 1e6,
      memoryMegabytes: (liveEntries * memoryBytesPerEntry) / 1e6,
    }
  })
}

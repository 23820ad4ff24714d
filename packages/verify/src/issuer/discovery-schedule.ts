import type { IssuerMetadata } from './metadata.ts'

/** Metadata that is read when first needed and then kept fresh behind those who need it. */
export interface DiscoverySchedule {
  /** Reads where it is time to; a promise while something is being read. Never fails. */
  ask(): Promise<void> | undefined
  /** What was read last, waiting only where nothing was yet. Errors: why the last reading failed. */
  get(): Promise<IssuerMetadata>
}

const freshSeconds = 3600
const longestBackOffSeconds = 60

/** One reading at a time; failures double the wait from one second on. */
export function createDiscoverySchedule(
  read: () => Promise<IssuerMetadata>,
  clock: () => number,
): DiscoverySchedule {
  let metadata: IssuerMetadata | undefined
  let askedAt = -Infinity
  let failures = 0
  let failure: unknown
  let inFlight: Promise<void> | undefined

  const readNow = async (): Promise<void> => {
    askedAt = clock()
    try {
      metadata = await read()
      failures = 0
    } catch (error) {
      failure = error
      failures++
    } finally {
      inFlight = undefined
    }
  }

  const ask = (): Promise<void> | undefined => {
    const backOff = Math.min(2 ** (failures - 1), longestBackOffSeconds)
    const wait = failures === 0 ? freshSeconds : backOff
    // A clock that was set back must not keep us waiting, hence the absolute difference.
    if (inFlight === undefined && Math.abs(clock() - askedAt) >= wait) inFlight = readNow()
    return inFlight
  }

  return {
    ask,
    async get() {
      const asking = ask()
      if (metadata === undefined) await asking
      if (metadata === undefined) throw failure as Error
      return metadata
    },
  }
}

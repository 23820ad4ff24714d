import { MapaeError } from '../domain/errors.ts'

export interface WorkQueueOptions {
  /** Tasks that run at the same time. */
  readonly concurrency: number
  /** Tasks that may wait for their turn; further ones are turned away. */
  readonly queueLimit: number
  /** Never goes back; only differences count. */
  readonly monotonicMilliseconds: () => number
  /** How long a task is thought to take before one was measured. */
  readonly expectedTaskMilliseconds: number
}

export interface WorkQueue {
  /**
   * Runs the task when its turn comes, first come first served.
   *
   * Rejects at once with `server_busy` and `retryAfterSeconds` when the queue is full. Those who are
   * turned away are told different times, one turn after the other, so that they do not all come
   * back at one moment to be turned away again. A caller whose signal fires while it waits leaves
   * the queue and gets the signal's reason; a task that has begun is finished.
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Throws `server_busy` when `run` would: for callers who have work to do before their task. */
  checkRoom(): void
  /** Tasks being worked on now. */
  readonly running: number
  /** Tasks waiting for their turn now. */
  readonly waiting: number
}

// Weight of the newest task in the running mean of durations.
const NEWEST_WEIGHT = 0.1

// Whoever floods the queue makes others wait no longer than this beyond those who are in line.
const LONGEST_PUT_OFF_MILLISECONDS = 10_000

/** Bounds expensive work, so that a storm of requests is answered with "later" and not with delay. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { concurrency, queueLimit, monotonicMilliseconds } = options
  checkLimits(options)
  const waiting = new Set<() => void>()
  let running = 0
  let meanMilliseconds = options.expectedTaskMilliseconds
  const putOff = createPutOff(monotonicMilliseconds)

  function checkRoom(): void {
    if (running < concurrency || waiting.size < queueLimit) return
    const turnMilliseconds = meanMilliseconds / concurrency
    const retryAfterSeconds = putOff((running + waiting.size) * turnMilliseconds, turnMilliseconds)
    throw new MapaeError('server_busy', { retryAfterSeconds })
  }

  function turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.delete(start)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', leave, { once: true })
      waiting.add(start)
    })
  }

  // The slot goes straight to the next in line; nobody can slip in between.
  function release(): void {
    const [next] = waiting
    if (next === undefined) {
      running -= 1
      return
    }
    waiting.delete(next)
    next()
  }

  return {
    checkRoom,
    async run(task, signal) {
      signal?.throwIfAborted()
      checkRoom()
      if (running < concurrency) running += 1
      else await turn(signal)
      const startedAt = monotonicMilliseconds()
      try {
        return await task()
      } finally {
        const took = monotonicMilliseconds() - startedAt
        meanMilliseconds += NEWEST_WEIGHT * (took - meanMilliseconds)
        release()
      }
    },
    get running() {
      return running
    },
    get waiting() {
      return waiting.size
    },
  }
}

/** When to come back, in seconds: after the line, and one turn after whoever was told before. */
function createPutOff(monotonicMilliseconds: () => number) {
  let nextTurnAt = 0
  return (lineMilliseconds: number, turnMilliseconds: number): number => {
    const now = monotonicMilliseconds()
    const longest = lineMilliseconds + LONGEST_PUT_OFF_MILLISECONDS
    const wait = Math.min(Math.max(lineMilliseconds, nextTurnAt - now), longest)
    nextTurnAt = now + wait + turnMilliseconds
    return Math.max(1, Math.ceil(wait / 1000))
  }
}

function checkLimits({ concurrency, queueLimit }: WorkQueueOptions): void {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError('concurrency must be a whole number of at least 1')
  }
  if (!Number.isSafeInteger(queueLimit) || queueLimit < 0) {
    throw new RangeError('queueLimit must be a whole number of at least 0')
  }
}

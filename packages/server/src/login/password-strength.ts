import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createWorkQueue } from './work-queue.ts'

export interface StrengthQuestion {
  readonly password: string
  /** Words an attacker would try for this person first. */
  readonly personalWords: readonly string[]
}

export interface PasswordStrength {
  /** Roughly how many guesses a well-informed attacker needs. */
  readonly guesses: number
  /** The whole of it is on a list of common passwords, perhaps in a thin disguise. */
  readonly isCommon: boolean
  /** What makes it weak, in plain English; null where nothing special does. */
  readonly explanation: string | null
  readonly suggestions: readonly string[]
}

export interface PasswordStrengthEstimator {
  /** Errors: `server_busy`. */
  estimate(question: StrengthQuestion, signal?: AbortSignal): Promise<PasswordStrength>
  /** Ends the thread; a question in flight is rejected. */
  close(): Promise<void>
}

// The time an estimate takes grows steeply with the length, and 64 characters are enough to judge.
const MAX_ESTIMATED_UNITS = 64
const QUEUE_LIMIT = 32
const EXPECTED_ESTIMATE_MILLISECONDS = 100

// Without them garbage piles up: after 120 estimates the process held 250 MiB more, with them 90.
const MEMORY_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 }

const workerFile = new URL(`./password-strength-worker${extname(import.meta.url)}`, import.meta.url)

/**
 * Estimates how hard a password is to guess, in a thread of its own: the dictionaries take a good
 * part of a second to load, one estimate up to a tenth. The thread starts with the first question
 * and does not keep the process alive.
 */
export function createPasswordStrengthEstimator(
  monotonicMilliseconds: () => number,
): PasswordStrengthEstimator {
  const queue = createWorkQueue({
    concurrency: 1,
    queueLimit: QUEUE_LIMIT,
    monotonicMilliseconds,
    expectedTaskMilliseconds: EXPECTED_ESTIMATE_MILLISECONDS,
  })
  let thread: Worker | null = null

  // Without the flags of the process: some of them would not let a file run in a thread.
  function startThread(): Worker {
    const started = new Worker(workerFile, { execArgv: [], resourceLimits: MEMORY_LIMITS })
    started.once('exit', () => {
      if (thread === started) thread = null
    })
    thread = started
    return started
  }

  return {
    estimate({ password, personalWords }, signal) {
      const question = { password: password.slice(0, MAX_ESTIMATED_UNITS), personalWords }
      return queue.run(() => ask(thread ?? startThread(), question), signal)
    },
    async close() {
      await thread?.terminate()
    },
  }
}

function ask(thread: Worker, question: StrengthQuestion): Promise<PasswordStrength> {
  const { promise, resolve, reject } = Promise.withResolvers<PasswordStrength>()
  const fail = (cause: unknown) => {
    reject(new Error('The password strength thread ended', { cause }))
  }
  thread.once('message', resolve).once('error', fail).once('exit', fail)
  thread.ref()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  thread.postMessage(question)
  return promise.finally(() => {
    thread.off('message', resolve).off('error', fail).off('exit', fail)
    thread.unref()
  })
}

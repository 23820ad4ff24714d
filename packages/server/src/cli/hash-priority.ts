import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setPriority } from 'node:os'

const THREADS = '/proc/self/task'
const NICENESS = 10

/**
 * Lets the threads that compute password hashes step back on a busy machine, so that a storm of
 * sign-ins takes what is left over and not what refreshes need. They are the threads that also
 * work on files. Only Linux has priorities for threads; elsewhere nothing happens.
 */
export async function letHashesStepBack(): Promise<void> {
  if (process.platform !== 'linux') return
  // The threads come with the first work for them.
  await stat(THREADS)
  try {
    for (const thread of readdirSync(THREADS)) {
      const name = readFileSync(`${THREADS}/${thread}/comm`, 'utf8')
      if (name.startsWith('libuv-worker')) setPriority(Number(thread), NICENESS)
    }
  } catch {
    // A sandbox may forbid it. The server works without, only less evenly in a storm.
  }
}

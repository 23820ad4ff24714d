import type { World } from './world.ts'

/** How long a tab waits for another one that renews. */
const LOCK_MILLISECONDS = 5000

/**
 * Runs when no other tab does, or after `LOCK_MILLISECONDS` all the same: a tab that is frozen
 * keeps its locks. Where there are no locks, at once.
 */
export async function whileLocked(
  name: string,
  world: World,
  run: () => Promise<void>,
): Promise<void> {
  if (!world.locks) return run()
  const patience = new AbortController()
  let ran: Promise<void> | undefined
  const cancel = world.later(() => patience.abort(), LOCK_MILLISECONDS)
  await world.locks.request(name, { signal: patience.signal }, () => (ran = run())).catch(() => {})
  cancel()
  return ran ?? run()
}

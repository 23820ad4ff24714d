import { renewalMargin, serverTime, type Saved } from './saved.ts'
import type { Store } from './store.ts'
import type { Tokens } from './tokens.ts'
import type { World } from './world.ts'

const LONGEST_PAUSE_SECONDS = 60
/** A longer timer would be due at once. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1

/** Renews the access token before it expires; after a failure again, with growing pauses. */
export function createRenewal(store: Store, world: World, tokens: Tokens) {
  let cancel: () => void = () => {}
  let failures = 0

  return {
    /** Does so now, if it is due. */
    async renew(): Promise<void> {
      const saved = await store.read()
      if (saved) await tokens.getToken({ minTtl: renewalMargin(saved) + 1 }).catch(() => {})
      failures = tokens.hasFailed() ? failures + 1 : 0
    },
    /** Calls when it is due. */
    plan(saved: Saved, run: () => void): void {
      cancel()
      const due = saved.expiresAt - renewalMargin(saved) - serverTime(saved, world.now())
      const pause = Math.min(2 ** failures, LONGEST_PAUSE_SECONDS)
      const wait = Math.min(Math.max(due, pause) * 1000, LONGEST_TIMER_MILLISECONDS)
      cancel = world.later(run, wait, true)
    },
    stop: () => cancel(),
  }
}

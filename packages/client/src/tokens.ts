import { MapaeError } from './error.ts'
import { whileLocked } from './lock.ts'
import { isSame, isUsable, restOf, serverTime, type Saved, type SavedTokens } from './saved.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** How often a tab that must wait looks whether it still must. */
const LOOK_MILLISECONDS = 50
/** After a failure, a token that is still valid is used for this long before the next attempt. */
const PAUSE_MILLISECONDS = 2000
/** A token so young that the server refuses it is not helped by another one, in seconds. */
const YOUNG_SECONDS = 5

export interface GetTokenOptions {
  /** For how many seconds the token must still be valid, at most half its life. */
  readonly minTtl?: number
  /** An access token that was refused: any other one. */
  readonly not?: string
}

/** Exchanges the refresh token. Errors: `invalid_grant` when the session is over. */
export type Exchange = (saved: Saved) => Promise<SavedTokens>

export interface Tokens {
  /** Errors: `signed_out`, `unavailable`. */
  readonly getToken: (options?: GetTokenOptions) => Promise<string>
  /** Whether the last attempt to renew got no answer. */
  readonly hasFailed: () => boolean
}

/**
 * Hands out access tokens and renews them: one at a time in this tab, and one at a time between
 * tabs where they can agree in time. Nothing depends on that lock: all tabs send the same attempt
 * key for the same token, and only the first answer is kept.
 */
export function createTokens(
  name: string,
  store: Store,
  world: World,
  exchange: Exchange,
  settled: () => void,
): Tokens {
  let running: Promise<void> | null = null
  let failure: MapaeError | null = null
  let failedAt = 0

  async function exchangeOnce(saved: Saved): Promise<void> {
    try {
      const tokens = await exchange(saved)
      store.answered?.()
      await store.update((current) =>
        current && isSame(current, saved)
          ? { ...current, ...tokens, generation: saved.generation + 1 }
          : current,
      )
      failure = null
    } catch (error) {
      const { code, message } = error as MapaeError
      if (code !== 'unavailable') store.answered?.()
      if (code === 'invalid_grant') {
        // Not when another tab has a newer one already, or somebody signed in anew.
        await store.update((current) => (isSame(current, saved) ? null : current))
        return
      }
      failedAt = world.now()
      failure = new MapaeError('unavailable', message)
    }
  }

  return {
    hasFailed: () => failure !== null,
    async getToken(options = {}) {
      let saved = await store.read()
      if (saved && !isGood(saved, world.now(), options)) {
        const pauses =
          isUsable(saved, world.now(), 0) && world.now() - failedAt < PAUSE_MILLISECONDS
        if (!pauses && store.canRefresh !== false) {
          running ??= whileLocked(name, world, () =>
            renew(store, world, options, exchangeOnce),
          ).finally(() => {
            running = null
            // The lock is free by now: what listeners do must not hold up other tabs.
            settled()
          })
          await running
        }
        saved = await store.read()
      }
      if (!saved) throw new MapaeError('signed_out')
      if (isUsable(saved, world.now(), 0)) return saved.accessToken!
      throw failure ?? new MapaeError('unavailable')
    },
  }
}

function isGood(saved: Saved, now: number, { minTtl, not }: GetTokenOptions): boolean {
  const isYoung = Math.abs(serverTime(saved, now) - saved.issuedAt) < YOUNG_SECONDS
  return isUsable(saved, now, minTtl) && (saved.accessToken !== not || isYoung)
}

/** Exchanges when nobody else did meanwhile, and as soon as that may be. */
async function renew(
  store: Store,
  world: World,
  options: GetTokenOptions,
  exchangeOnce: (saved: Saved) => Promise<void>,
): Promise<void> {
  const isSettled = (saved: Saved | null): boolean => !saved || isGood(saved, world.now(), options)
  for (;;) {
    if (isSettled(await store.read())) return
    await store.askOthers?.()
    const saved = await store.read()
    if (!saved || isSettled(saved)) return
    const wait = store.begin ? store.begin() : restOf(saved, world.now(), store.requestMilliseconds)
    if (!wait) return exchangeOnce(saved)
    if (isGood(saved, world.now(), { ...options, minTtl: 0 })) return
    await new Promise<void>((resolve) => {
      world.later(resolve, Math.min(wait, LOOK_MILLISECONDS))
    })
  }
}

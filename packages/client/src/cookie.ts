import { isSame, isUsable, type Saved } from './saved.ts'
import type { StoreFactory } from './store.ts'
import { createUnanswered } from './unanswered.ts'

/** Less than half of the server's grace: of two requests at once neither may outlast it. */
const REQUEST_MILLISECONDS = 4500
/** For how long other tabs are asked for the access token they have. */
const ASK_MILLISECONDS = 30
/** The same, when it is known that another tab has just got one. */
const EXPECT_MILLISECONDS = 300

const ASK = '?'

/** What `localStorage` tells of a sign-in: nothing else of it may get there. `null`: nobody is. */
const KNOWN = ['id', 'generation', 'oauth'] satisfies (keyof Saved)[]
type Known = Pick<Saved, 'id' | 'generation' | 'oauth'>

/**
 * The refresh token lives in a cookie that no script reads, the access token in the memory of each
 * tab. `localStorage` holds what is no secret: that somebody is signed in and in which way, how often
 * the token was exchanged, and which requests got no answer.
 */
export function cookie(): StoreFactory {
  return (name, world) => {
    const { now, localStorage } = world
    let memory: Saved | null = null
    let changed: () => void = () => {}
    let arrived: () => void = () => {}
    const channel = localStorage && world.openChannel?.(name, hear)

    /** What is known of the sign-in; of a generation that only another tab has a token of, maybe. */
    function look(): Saved | null {
      if (!localStorage) return memory
      const known = JSON.parse(localStorage.getItem(name) ?? 'null') as Known | null
      if (!known) return (memory = null)
      if (memory?.id !== known.id) memory = { ...known, issuedAt: 0, expiresAt: 0, skew: 0 }
      return { ...memory, ...known }
    }

    const hasNewest = (): boolean => !!memory?.accessToken && isSame(look(), memory)

    function hear(message: unknown): void {
      if (message === ASK) {
        if (hasNewest() && isUsable(memory!, now())) channel?.post(memory)
        return
      }
      const theirs = message as Saved | null
      const mine = look()
      if (mine && mine.id === theirs?.id && mine.expiresAt <= theirs.expiresAt) {
        memory = { ...mine, ...theirs }
      }
      if (hasNewest()) arrived()
      changed()
    }

    return {
      ...createUnanswered(`${name}.unanswered`, REQUEST_MILLISECONDS, world),
      transport: 'cookie',
      requestMilliseconds: REQUEST_MILLISECONDS,
      read: async () => look(),
      async update(change) {
        const before = look()
        const after = change(before)
        if (after === before) return after
        memory = after
        localStorage?.setItem(name, JSON.stringify(after, KNOWN))
        channel?.post(after)
        return after
      },
      listen(run) {
        changed = run
        return () => (changed = () => {})
      },
      close: () => channel?.close(),
      askOthers: async () =>
        new Promise((resolve) => {
          if (!channel) return resolve()
          const isBehind = memory?.accessToken && !hasNewest()
          const cancel = world.later(resolve, isBehind ? EXPECT_MILLISECONDS : ASK_MILLISECONDS)
          arrived = () => {
            cancel()
            resolve()
          }
          channel.post(ASK)
        }),
    }
  }
}

import { createClient, type MapaeClient } from '../../src/client.ts'
import type { StoreFactory } from '../../src/store.ts'
import type { Locks, World } from '../../src/world.ts'
import { GOOD_FATE, type Fate, type SimulatedServer } from './network.ts'
import type { Timeline } from './timeline.ts'

const ISSUER = 'https://auth.example.com'

/** A tab of the simulated browser. */
export interface Tab {
  readonly mapae: MapaeClient
  /** Nothing that was under way reaches the page any more; its locks are free. */
  kill(): void
}

export interface BrowserOptions {
  readonly store: StoreFactory
  readonly withLocks: boolean
  /** How far the device's clock is off. */
  readonly clockErrorMilliseconds: number
}

/** A browser with tabs that share storage, cookie, channels and locks. */
export function createSimulatedBrowser(
  timeline: Timeline,
  server: SimulatedServer,
  { store, withLocks, clockErrorMilliseconds }: BrowserOptions,
) {
  const storage = new Map<string, string>()
  const hearing = new Set<{ hear: (message: unknown) => void; isOpen: () => boolean }>()
  const locks = createLocks()
  let cookie = ''
  let fates: Fate[] = []
  let requests = 0
  let random = 0

  function openTab(): Tab {
    let isOpen = true
    const alive = (run: () => void) => () => {
      if (isOpen) run()
    }
    const held: (() => void)[] = []

    /** As the network has it: each way takes time or loses what it carries. */
    function fetch(url: string | Request, init: RequestInit = {}): Promise<Response> {
      const path = (url as string).slice(ISSUER.length)
      requests += 1
      const fate = fates.shift() ?? GOOD_FATE
      const sentCookie = cookie
      return new Promise((resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
        if (fate.there === 'lost') return
        timeline.after(fate.there, () => {
          const { status, json } = answer(path, init, sentCookie)
          if (fate.back === 'lost') return
          const headers = new Headers({ date: new Date(server.seconds() * 1000).toUTCString() })
          timeline.after(
            fate.back,
            alive(() => {
              if (init.signal?.aborted) return
              if (init.credentials === 'include' && 'refresh_token' in json) {
                cookie = json.refresh_token as string
              }
              resolve({ status, headers, json: async () => json } as unknown as Response)
            }),
          )
        })
      })
    }

    const world: World = {
      fetch,
      now: () => server.seconds() * 1000 + (timeline.now() % 1000) + clockErrorMilliseconds,
      random: () => String((random += 1)),
      later: (run, milliseconds) => timeline.after(milliseconds, alive(run)),
      locks: withLocks ? locks.of(held, alive) : undefined,
      localStorage: {
        getItem: (key) => storage.get(key) ?? null,
        setItem: (key, value) => void storage.set(key, value),
        removeItem: (key) => void storage.delete(key),
      },
      openChannel(_name, hear) {
        const member = { hear, isOpen: () => isOpen }
        hearing.add(member)
        return {
          post(message) {
            for (const other of hearing) {
              if (other === member) continue
              timeline.after(2, () => {
                if (other.isOpen()) other.hear(structuredClone(message))
              })
            }
          },
          close: () => hearing.delete(member),
        }
      },
    }
    return {
      mapae: createClient({ issuer: ISSUER, clientId: 'web', store }, world),
      kill() {
        isOpen = false
        for (const release of held) release()
      },
    }
  }

  function answer(path: string, init: RequestInit, sentCookie: string) {
    const { refresh_token } = JSON.parse((init.body as string | null) ?? '{}') as {
      refresh_token?: string
    }
    const key = new Headers(init.headers).get('idempotency-key')
    if (path === '/v1/refresh') return server.refresh(refresh_token ?? sentCookie, key)
    if (path === '/v1/login') return { status: 200, json: server.tokens() }
    if (path === '/v1/me') return { status: 200, json: { id: 'mina' } }
    server.end()
    return { status: 204, json: {} }
  }

  return {
    openTab,
    requests: () => requests,
    /** What happens to the next requests; those after them fare well. */
    meet(next: readonly Fate[]) {
      fates = [...next]
    },
  }
}

function createLocks() {
  const queue: (() => void)[] = []
  let isHeld = false
  function free(): void {
    isHeld = false
    queue.shift()?.()
  }
  return {
    of(held: (() => void)[], alive: (run: () => void) => () => void): Locks {
      return {
        request: (_name, { signal }, run) =>
          new Promise((resolve, reject) => {
            const take = (): void => {
              let isMine = true
              isHeld = true
              const release = (): void => {
                if (isMine) free()
                isMine = false
              }
              held.push(release)
              void run().then(resolve, reject).finally(release)
            }
            const start = alive(take)
            const queued = (): void => {
              const before = isHeld
              start()
              // Of a tab that is gone: the next one.
              if (!before && !isHeld) free()
            }
            signal.addEventListener('abort', () => {
              const at = queue.indexOf(queued)
              if (at >= 0) queue.splice(at, 1)
              reject(new Error('aborted'))
            })
            if (isHeld) queue.push(queued)
            else start()
          }),
      }
    },
  }
}

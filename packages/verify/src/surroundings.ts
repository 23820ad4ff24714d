/** How something is fetched: the part of the Fetch standard that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What comes from outside, so that a test can hand in its own. */
export interface Surroundings {
  readonly fetch: Fetch
  /** Unix time in seconds. */
  readonly clock: () => number
  /** From 0 up to 1; spreads out reconnections and decides nothing else. */
  readonly random: () => number
}

/** The only place where this package reaches for the world itself, and only where nothing is given. */
export const systemSurroundings: Surroundings = {
  fetch: (url, init) => globalThis.fetch(url, init),
  clock: () => Math.floor(Date.now() / 1000),
  random: () => Math.random(),
}

/** Waits, or stops waiting when told to. Never keeps a process alive that has nothing else to do. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, milliseconds)
    letProcessEnd(timer)
    signal.addEventListener('abort', finish)
  })
}

/** Timers are objects with `unref` in Node, and numbers elsewhere. */
export function letProcessEnd(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
    ;(timer as { unref(): void }).unref()
  }
}

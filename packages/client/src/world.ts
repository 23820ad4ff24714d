/** What the client needs from where it runs; a test gives it another one. */
export interface World {
  readonly fetch: (request: string | Request, init?: RequestInit) => Promise<Response>
  /** The device's clock, which may be wrong, in milliseconds since 1970. */
  readonly now: () => number
  /** Not to be guessed: at least 120 random bits. */
  readonly random: () => string
  /** Returns how to cancel it. In the background: a program does not wait for it. */
  readonly later: (run: () => void, milliseconds: number, inBackground?: boolean) => () => void
  readonly locks?: Locks | undefined
  /** Null where a page may not use it. */
  readonly localStorage?: TextStorage | null | undefined
  readonly openChannel?: (name: string, hear: (message: unknown) => void) => Channel
  /** Calls when the page is looked at again or the network is back. Returns how to stop. */
  readonly onWake?: (run: () => void) => () => void
  readonly isHidden?: () => boolean
  /** Undefined where there is no page to leave and come back to. */
  readonly page?: PageAddress | undefined
}

export interface PageAddress {
  readonly href: () => string
  readonly go: (url: string) => void
  /** Shows another address for the page as it is. */
  readonly replace: (url: string) => void
  /** Of this tab only. */
  readonly session: TextStorage
}

export interface Locks {
  readonly request: (
    name: string,
    options: { signal: AbortSignal },
    run: () => Promise<unknown>,
  ) => Promise<unknown>
}

export interface TextStorage {
  readonly getItem: (key: string) => string | null
  readonly setItem: (key: string, value: string) => void
  readonly removeItem: (key: string) => void
}

export interface Channel {
  readonly post: (message: unknown) => void
  readonly close: () => void
}

/** The parts of a browser that Node's types do not know. */
interface Page {
  readonly document?: { readonly visibilityState: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly localStorage?: TextStorage
  readonly sessionStorage?: TextStorage
  readonly location?: { readonly href: string; assign(url: string): void }
  readonly history?: { replaceState(state: unknown, title: string, url: string): void }
  readonly addEventListener?: (type: string, run: () => void) => void
  readonly removeEventListener?: (type: string, run: () => void) => void
}

const page = globalThis as unknown as Page
const WAKE_EVENTS = ['online', 'pageshow', 'focus', 'visibilitychange']

/** The browser, or Node, as it is. */
export function realWorld(): World {
  return {
    fetch: (request, init) => fetch(request, init),
    now: () => Date.now(),
    random: () => crypto.randomUUID(),
    later(run, milliseconds, inBackground) {
      const timer = setTimeout(run, milliseconds)
      // Browsers know timers as numbers.
      if (inBackground) (timer as { unref?: () => void }).unref?.()
      return () => clearTimeout(timer)
    },
    locks: page.navigator?.locks,
    // Node has one of its own, which is not a page's.
    get localStorage() {
      try {
        return page.document && page.localStorage
      } catch {
        return null
      }
    },
    openChannel(name, hear) {
      const channel = new BroadcastChannel(name)
      channel.addEventListener('message', (event) =>
        hear((event as Event & { data: unknown }).data),
      )
      return {
        post(message) {
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
          channel.postMessage(message)
        },
        close: () => channel.close(),
      }
    },
    onWake(run) {
      for (const type of WAKE_EVENTS) page.addEventListener?.(type, run)
      return () => {
        for (const type of WAKE_EVENTS) page.removeEventListener?.(type, run)
      }
    },
    page: page.document && {
      href: () => page.location!.href,
      go: (url) => page.location!.assign(url),
      replace: (url) => page.history!.replaceState(null, '', url),
      session: page.sessionStorage!,
    },
    isHidden: () => page.document?.visibilityState === 'hidden',
  }
}

import type { Clock, UnixSeconds } from '../domain/time.ts'
import type { RevocationPage, RevocationPages } from '../events/revocation-pages.ts'

/** A storm of revocations makes so many batches and no more. */
const REST_MILLISECONDS = 50
const BEAT_MILLISECONDS = 5_000
/** Who has not taken anything for so many beats is cut. */
const MOST_MISSED_BEATS = 3
const RETRY = new TextEncoder().encode('retry: 1000\n\n')

/** The feed as it goes on. Spec: HTML, section 9.2, server-sent events. */
export interface RevocationStream {
  /**
   * A batch at once, then one whenever something was revoked, and one every 5 seconds. It ends
   * when `until` has come. `ended` is called once, whoever ends it.
   */
  subscribe(
    cursor: string | null,
    until?: UnixSeconds | null,
    ended?: () => void,
  ): ReadableStream<Uint8Array>
  /** Tells subscribers what is new, a moment later. */
  announce(): void
  readonly subscriberCount: number
  /** Ends all streams: subscribers go on elsewhere, from their cursors. */
  stop(): void
}

interface Subscriber {
  /** Of the last batch; at first what it came with. */
  cursor: string | null
  isNew: boolean
  /** It has taken all it was given and waits for more. */
  isWaiting: boolean
  missedBeats: number
  readonly until: UnixSeconds | null
  readonly ended: () => void
  readonly controller: ReadableStreamDefaultController<Uint8Array>
}

const atFirst = { isNew: true, isWaiting: false, missedBeats: 0 }

/**
 * A subscriber gets the next batch when it has taken the last one, so whoever is slow costs no
 * memory; a batch is signed and encoded once for all who are at the same place.
 */
export function createRevocationStream(pages: RevocationPages, clock: Clock): RevocationStream {
  const subscribers = new Set<Subscriber>()
  const encode = createEncoder()

  function tell(subscriber: Subscriber): void {
    const page = pages.after(subscriber.cursor)
    subscriber.isWaiting = false
    subscriber.cursor = page.cursor
    subscriber.controller.enqueue(encode(page))
  }

  /** It has taken everything and can take more. */
  function serve(subscriber: Subscriber): void {
    subscriber.missedBeats = 0
    if (subscriber.isNew) {
      subscriber.isNew = false
      subscriber.controller.enqueue(RETRY)
      tell(subscriber)
    } else if (subscriber.cursor === pages.tip) subscriber.isWaiting = true
    else tell(subscriber)
  }

  function tellWhoLags(): void {
    for (const subscriber of subscribers) {
      if (subscriber.isWaiting && subscriber.cursor !== pages.tip) tell(subscriber)
    }
  }

  function beat(): void {
    const now = clock.seconds()
    for (const subscriber of subscribers) {
      if (subscriber.until !== null && subscriber.until <= now) end(subscriber)
      else if (subscriber.isWaiting) tell(subscriber)
      else if (++subscriber.missedBeats === MOST_MISSED_BEATS) end(subscriber)
    }
  }

  function end(subscriber: Subscriber): void {
    leave(subscriber)
    subscriber.controller.close()
  }

  function leave(subscriber: Subscriber): void {
    if (subscribers.delete(subscriber)) subscriber.ended()
  }

  const announcing = createPace(tellWhoLags)
  const beating = setInterval(beat, BEAT_MILLISECONDS).unref()
  return {
    subscribe(cursor, until = null, ended = () => {}) {
      let subscriber: Subscriber
      const start = (controller: Subscriber['controller']) => {
        subscriber = { ...atFirst, cursor, until, ended, controller }
        subscribers.add(subscriber)
      }
      const pull = () => serve(subscriber)
      const cancel = () => leave(subscriber)
      return new ReadableStream<Uint8Array>({ start, pull, cancel }, { highWaterMark: 0 })
    },
    announce: () => announcing.request(),
    get subscriberCount() {
      return subscribers.size
    },
    stop() {
      clearInterval(beating)
      announcing.stop()
      for (const subscriber of subscribers) end(subscriber)
    },
  }
}

/** Does it a moment after it was asked for, and after a rest when it has just done it. */
function createPace(action: () => void) {
  let resting: NodeJS.Timeout | undefined
  let isDue = false

  function endRest(): void {
    resting = undefined
    if (isDue) begin()
  }

  function begin(): void {
    isDue = false
    resting = setTimeout(endRest, REST_MILLISECONDS).unref()
    // After the answer to whoever revoked.
    setImmediate(action)
  }

  return {
    request() {
      if (resting === undefined) begin()
      else isDue = true
    },
    stop: () => clearTimeout(resting),
  }
}

/** Remembers the last: most subscribers get the same one. */
function createEncoder(): (page: RevocationPage) => Uint8Array {
  const encoder = new TextEncoder()
  let last: RevocationPage | undefined
  let bytes = RETRY
  return (page) => {
    if (page !== last) {
      last = page
      bytes = encoder.encode(`id: ${page.cursor}\nevent: revocations\ndata: ${page.token}\n\n`)
    }
    return bytes
  }
}

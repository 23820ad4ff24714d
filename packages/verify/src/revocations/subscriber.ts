import type { FeedAccess } from '../issuer/client-credentials.ts'
import { fetchJson, TooLargeError } from '../issuer/remote-json.ts'
import type { RemoteIssuer } from '../issuer/remote-issuer.ts'
import { letProcessEnd, sleep, type Surroundings } from '../surroundings.ts'
import { backOffMilliseconds } from './back-off.ts'
import { createEventStreamParser } from './event-stream.ts'
import { FeedError, type FeedErrorCode } from './feed-error.ts'
import { LONGEST_BATCH, type FeedState } from './feed-state.ts'

/** What the subscriber is doing. `absent`: the issuer has no feed. */
export type FeedStatus = 'idle' | 'connecting' | 'streaming' | 'polling' | 'absent' | 'closed'

export interface SubscriberOptions {
  readonly mode: 'stream' | 'poll'
  readonly pollSeconds: number
  /** A stream without a good batch for so long is given up, whatever else it sends. */
  readonly silenceMilliseconds: number
}

/** Streams that fail before their first batch: more than one is no coincidence. */
const failuresBeforePolling = 2
/** Streams are tried again every so often. */
const streamAgainSeconds = 60
const absentAgainMilliseconds = 600_000
const answerMilliseconds = 10_000

/** Follows the feed of an issuer into a {@link FeedState}, for ever, through all failures. */
export class FeedSubscriber {
  readonly #issuer: RemoteIssuer
  readonly #access: FeedAccess
  readonly #state: FeedState
  readonly #surroundings: Surroundings
  readonly #options: SubscriberOptions
  readonly #closing = new AbortController()
  #status: FeedStatus = 'idle'
  #failures = 0
  #streamFailures = 0
  #gaps = 0
  #refusals = 0
  #lastError: FeedErrorCode | undefined
  #retryMilliseconds = 0
  #streamAgainAt = 0
  #caughtUp: (() => void) | undefined
  /** Resolves with the first moment at which everything is known, or there is no feed. */
  readonly caughtUp = new Promise<void>((resolve) => {
    this.#caughtUp = resolve
  })

  constructor(
    issuer: RemoteIssuer,
    access: FeedAccess,
    state: FeedState,
    surroundings: Surroundings,
    options: SubscriberOptions,
  ) {
    this.#issuer = issuer
    this.#access = access
    this.#state = state
    this.#surroundings = surroundings
    this.#options = options
  }

  get status(): FeedStatus {
    return this.#status
  }

  /** Why the last attempt ended; undefined while all is well. */
  get lastError(): FeedErrorCode | undefined {
    return this.#lastError
  }

  /** Batches and answers that were refused since the start. */
  get refusals(): number {
    return this.#refusals
  }

  start(): void {
    if (this.#status !== 'idle') return
    this.#status = 'connecting'
    void this.#run()
  }

  close(): void {
    this.#status = 'closed'
    this.#closing.abort()
    this.#caughtUp?.()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      let waitMilliseconds = 0
      try {
        waitMilliseconds = await this.#attempt()
        this.#failures = 0
      } catch (error) {
        if (signal.aborted) return
        this.#noteFailure(error)
        this.#setStatus('connecting')
        const random = this.#surroundings.random()
        waitMilliseconds = backOffMilliseconds(this.#failures, this.#retryMilliseconds, random)
        this.#failures++
      }
      await sleep(waitMilliseconds, signal)
    }
  }

  /**
   * Streams until that fails; reads pages where it failed at once, so that a proxy that holds
   * streams back costs freshness and nothing else. Returns how long to wait until the next attempt.
   */
  async #attempt(): Promise<number> {
    const endpoint = await this.#findEndpoint()
    if (endpoint === undefined) {
      this.#setStatus('absent')
      this.#caughtUp?.()
      return absentAgainMilliseconds
    }
    const { clock, random } = this.#surroundings
    const { mode, pollSeconds } = this.#options
    const triesStream = mode === 'stream' && clock() >= this.#streamAgainAt
    if (triesStream) await this.#streamOrNote(endpoint)
    await this.#poll(endpoint)
    if (mode === 'poll' || this.#streamFailures >= failuresBeforePolling) {
      if (triesStream) this.#streamAgainAt = clock() + streamAgainSeconds
      this.#setStatus('polling')
      return pollSeconds * 1000
    }
    return backOffMilliseconds(this.#streamFailures, this.#retryMilliseconds, random())
  }

  /** Throws when the stream had worked until now: it is worth coming back to at once. */
  async #streamOrNote(endpoint: string): Promise<void> {
    try {
      await this.#stream(endpoint)
    } catch (error) {
      const hasWorked = this.#status === 'streaming'
      this.#streamFailures = hasWorked ? 0 : this.#streamFailures + 1
      if (hasWorked || this.#closing.signal.aborted) throw error
      this.#noteFailure(error)
    }
  }

  async #findEndpoint(): Promise<string | undefined> {
    try {
      return (await this.#issuer.metadata()).revocationsEndpoint
    } catch (error) {
      throw new FeedError('issuer_unavailable', error)
    }
  }

  #setStatus(status: FeedStatus): void {
    if (this.#status !== 'closed') this.#status = status
  }

  #noteFailure(error: unknown): void {
    const code = error instanceof FeedError ? error.code : 'feed_unreachable'
    this.#lastError = code
    if (!NO_REFUSALS.has(code)) this.#refusals++
    if (code === 'feed_forbidden') this.#access.refused()
    // Once a connection may have lost something. Three times the cursor itself must be wrong.
    this.#gaps = code === 'cursor_gap' ? this.#gaps + 1 : 0
    if (this.#gaps === 3) this.#state.forgetCursor()
  }

  async #accept(token: string): Promise<boolean> {
    const hasMore = await this.#state.accept(token)
    this.#failures = 0
    this.#gaps = 0
    this.#lastError = undefined
    if (!hasMore) this.#caughtUp?.()
    return hasMore
  }

  /** Reads pages until there is no more. */
  async #poll(endpoint: string): Promise<void> {
    for (let hasMore = true; hasMore && !this.#closing.signal.aborted;) {
      const url = new URL(endpoint)
      const { cursor } = this.#state
      if (cursor !== undefined) url.searchParams.set('cursor', cursor)
      const { status, document } = await fetchJson(this.#surroundings.fetch, {
        url: url.href,
        headers: await this.#headers(),
        timeoutMilliseconds: answerMilliseconds,
        maxBytes: LONGEST_BATCH + 1024,
        signal: this.#closing.signal,
      }).catch(asFeedError)
      checkStatus(status)
      const token = document?.['revocations']
      if (typeof token !== 'string') throw new FeedError('answer_malformed')
      hasMore = await this.#accept(token)
    }
  }

  /** Reads events for as long as they come and are good; always ends in an exception. */
  async #stream(endpoint: string): Promise<never> {
    const ending = new AbortController()
    const signal = AbortSignal.any([ending.signal, this.#closing.signal])
    const { silenceMilliseconds } = this.#options
    const giveUp = () => ending.abort(new FeedError('feed_silent'))
    let timer = setTimeout(giveUp, Math.min(silenceMilliseconds, answerMilliseconds))
    letProcessEnd(timer)
    try {
      for await (const token of this.#readStream(endpoint, signal)) {
        await this.#accept(token)
        this.#setStatus('streaming')
        clearTimeout(timer)
        timer = setTimeout(giveUp, silenceMilliseconds)
        letProcessEnd(timer)
      }
      throw new FeedError('feed_ended')
    } catch (error) {
      throw ending.signal.aborted ? (ending.signal.reason as Error) : error
    } finally {
      clearTimeout(timer)
      ending.abort()
    }
  }

  async *#readStream(endpoint: string, signal: AbortSignal): AsyncGenerator<string> {
    const { cursor } = this.#state
    const resume = cursor === undefined ? {} : { 'last-event-id': cursor }
    const headers = { ...(await this.#headers()), ...resume, accept: 'text/event-stream' }
    const init: RequestInit = { headers, redirect: 'manual', signal }
    const response = await this.#surroundings.fetch(endpoint, init)
    const { status, body } = response
    if (status !== 200) await body?.cancel()
    checkStatus(status)
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')
    if (!isStream || body === null) {
      await body?.cancel()
      throw new FeedError('answer_malformed')
    }
    const parse = createEventStreamParser(LONGEST_BATCH)
    const decoder = new TextDecoder()
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (const item of parse(decoder.decode(value, { stream: true }))) {
        if ('retryMilliseconds' in item) this.#retryMilliseconds = item.retryMilliseconds
        else if (item.name === 'revocations') yield item.text
      }
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const authorization = await this.#access.authorization()
    return authorization === undefined ? {} : { authorization }
  }
}

/** These are of the network's making; the others say that something was sent that must not be. */
const NO_REFUSALS: ReadonlySet<FeedErrorCode> = new Set([
  'feed_unreachable',
  'feed_ended',
  'feed_silent',
  'issuer_unavailable',
])

function checkStatus(status: number): void {
  if (status === 200) return
  throw new FeedError(status === 401 || status === 403 ? 'feed_forbidden' : 'answer_refused')
}

function asFeedError(error: unknown): never {
  if (error instanceof TooLargeError) throw new FeedError('answer_too_large')
  const isJson = error instanceof Error && error.name === 'StrictJsonError'
  throw new FeedError(isJson ? 'answer_malformed' : 'feed_unreachable', error)
}

import { lookup as resolveName } from 'node:dns/promises'
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'

import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

const TIMEOUT_MILLISECONDS = 5_000
const MOST_BYTES = 256 * 1024

/** Why nothing was fetched. It is logged and never answered: it would tell what is in our network. */
const outgoingRefusals = {
  url_invalid: 'The URL is not https, or names a user.',
  address_not_public: 'The name leads to an address that is not public.',
  name_unknown: 'The name leads nowhere.',
  answer_too_large: 'The answer is too large.',
  timed_out: 'The answer took too long.',
} as const

export class OutgoingRefusal extends Error {
  readonly code: keyof typeof outgoingRefusals

  constructor(code: keyof typeof outgoingRefusals) {
    super(outgoingRefusals[code])
    this.name = 'OutgoingRefusal'
    this.code = code
  }
}

/** What of a request of the Fetch standard is sent. */
export interface OutgoingRequest {
  readonly method?: string | undefined
  readonly headers?: RequestInit['headers'] | undefined
  readonly body?: string | undefined
  readonly signal?: AbortSignal | null | undefined
}

export interface OutgoingFetch {
  /**
   * Fetches from an address that somebody else named. Redirects are not followed, but returned.
   * Errors: `OutgoingRefusal`, and those of the network.
   */
  (url: string, request?: OutgoingRequest): Promise<Response>
}

export interface OutgoingSettings {
  /** In development the applications are on the same machine, and without TLS. */
  readonly allowsLoopback: boolean
  /** All addresses of a name. Default: the system's. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
  /** Default: 5,000. */
  readonly timeoutMilliseconds?: number
}

/**
 * The only way in which this server calls out to addresses that clients name: so that nobody makes
 * it ask what only it can reach. The address that was looked at is the one that is called, whatever
 * the name says a moment later. Spec: RFC 9700 section 4.9.2, OWASP SSRF prevention.
 */
export function createOutgoingFetch(settings: OutgoingSettings): OutgoingFetch {
  const { allowsLoopback, resolve = addressesOf } = settings
  const { timeoutMilliseconds = TIMEOUT_MILLISECONDS } = settings
  const isAllowed = (address: string) =>
    isPublicAddress(address) || (allowsLoopback && isLoopbackAddress(address))

  async function chooseAddress(hostname: string): Promise<string> {
    const literal = hostname.replace(/^\[(.*)\]$/, '$1')
    const addresses = isIP(literal) === 0 ? await resolve(hostname) : [literal]
    const [first] = addresses
    if (first === undefined) throw new OutgoingRefusal('name_unknown')
    // One that is not public is one too many: else a name could have both and be tried until it fits.
    if (!addresses.every(isAllowed)) throw new OutgoingRefusal('address_not_public')
    return first
  }

  return async (text, request = {}) => {
    const url = URL.parse(text)
    if (url === null || url.username !== '' || url.password !== '') {
      throw new OutgoingRefusal('url_invalid')
    }
    const isTls = url.protocol === 'https:'
    const isPlain = url.protocol === 'http:' && allowsLoopback
    if (!isTls && !isPlain) throw new OutgoingRefusal('url_invalid')
    const timeout = AbortSignal.timeout(timeoutMilliseconds)
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
    try {
      const address = await withSignal(chooseAddress(url.hostname), signal)
      if (isPlain && !isLoopbackAddress(address)) throw new OutgoingRefusal('url_invalid')
      const options = optionsOf(url, request, address, signal)
      const answer = await send(isTls ? requestHttps : requestHttp, url, options, request.body)
      return await readAnswer(answer)
    } catch (error) {
      throw timeout.aborted ? new OutgoingRefusal('timed_out') : error
    }
  }
}

async function addressesOf(name: string): Promise<readonly string[]> {
  const found = await resolveName(name, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

/** Rejects when the signal aborts first. */
function withSignal<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new OutgoingRefusal('timed_out'))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function optionsOf(
  url: URL,
  { method = 'GET', headers, body }: OutgoingRequest,
  address: string,
  signal: AbortSignal,
): RequestOptions {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return {
    method,
    headers: { ...Object.fromEntries(new Headers(headers)), ...length },
    signal,
    agent: false,
    // Connects to the address that was looked at; certificate and Host header are the name's.
    lookup: (_name, options, callback) => {
      const family = isIP(address)
      if (options.all === true) callback(null, [{ address, family }])
      else callback(null, address, family)
    },
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
  }
}

function send(
  request: typeof requestHttps,
  url: URL,
  options: RequestOptions,
  body: string | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, options, resolve).on('error', reject).end(body)
  })
}

async function readAnswer(answer: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MOST_BYTES) {
      answer.destroy()
      throw new OutgoingRefusal('answer_too_large')
    }
    chunks.push(chunk)
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one)
  }
  const status = answer.statusCode ?? 502
  const hasBody = status >= 200 && ![204, 205, 304].includes(status)
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers })
}

import { OptionError } from './errors.ts'

/** How a document is fetched: the part of the Fetch standard that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface DocumentLimits {
  readonly timeoutMilliseconds: number
  readonly maxBytes: number
}

export interface RemoteDocument {
  readonly bytes: Uint8Array
  /** `Cache-Control: max-age` less `Age`, 0 for `no-store` and `no-cache`; undefined when silent. */
  readonly maxAgeSeconds: number | undefined
}

/** Keys decide who is trusted, so they come over TLS, or from this machine. */
export function checkUrl(url: string | URL): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new OptionError('option_invalid', 'url')
  }
  const isLoopback =
    parsed.hostname === 'localhost' ||
    parsed.hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(parsed.hostname)
  const isSafe = parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopback)
  if (!isSafe || parsed.username !== '' || parsed.password !== '') {
    throw new OptionError('option_invalid', 'url')
  }
  return parsed.href
}

/** Fetch a small document without following redirects; any failure is an exception. */
export async function fetchDocument(
  fetch: Fetch,
  url: string,
  limits: DocumentLimits,
): Promise<RemoteDocument> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(limits.timeoutMilliseconds),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the key set answered with status ${response.status}`)
  }
  return {
    bytes: await readBody(response, limits.maxBytes),
    maxAgeSeconds: readMaxAge(response.headers),
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  if (reader === undefined) throw new Error('the key set is empty')
  const collected = new Uint8Array(maxBytes)
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return collected.slice(0, length)
    if (length + value.length > maxBytes) {
      await reader.cancel()
      throw new Error('the key set is too large')
    }
    collected.set(value, length)
    length += value.length
  }
}

/** Spec: RFC 9111 §4.2.1, §5.1 and §5.2.2. */
function readMaxAge(headers: Headers): number | undefined {
  const directives = (headers.get('cache-control') ?? '').toLowerCase()
  if (/(^|,)\s*no-(store|cache)\b/.test(directives)) return 0
  const maxAge = /(?:^|,)\s*max-age\s*=\s*"?(\d{1,10})/.exec(directives)?.[1]
  if (maxAge === undefined) return undefined
  const age = /^\d{1,10}$/.exec(headers.get('age') ?? '')?.[0] ?? '0'
  return Math.max(0, Number(maxAge) - Number(age))
}

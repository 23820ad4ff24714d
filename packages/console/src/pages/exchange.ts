/** A request and its answer, as they were on the wire. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | null
  /** Null while it is on its way; `lost` when the page never looked at it. */
  readonly answer: Answer | 'lost' | null
}

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly milliseconds: number
}

export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly accessToken?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** The answer is thrown away unread, as a bad network does it. */
  readonly isLost?: boolean
  /** Whether the browser may send and keep cookies; scripts do not see them. */
  readonly withCookies?: boolean
}

/** What the page cannot see. */
const COOKIE_NOTE = '(the browser adds it)'

/** What is not for eyes. */
const HIDDEN = new Set(['password'])

/** Sends it, and shows it from the first moment on: `show` is called once before and once after. */
export async function send(
  outgoing: Outgoing,
  show: (exchange: Exchange) => void,
): Promise<{ readonly answer: Answer; readonly json: Record<string, unknown> }> {
  const { method, path, accessToken, json, isLost = false, withCookies = false } = outgoing
  const headers: Record<string, string> = {
    ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
    ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...outgoing.headers,
  }
  const cookie = withCookies ? [['Cookie', COOKIE_NOTE] as const] : []
  const body = json === undefined ? null : JSON.stringify(json)
  const exchange: Exchange = {
    method,
    path,
    headers: [['Host', location.host], ...Object.entries(headers), ...cookie],
    body: body === null ? null : hideSecrets(body),
    answer: null,
  }
  show(exchange)
  const start = performance.now()
  const response = await fetch(path, {
    method,
    headers,
    body,
    credentials: withCookies ? 'same-origin' : 'omit',
    cache: 'no-store',
  })
  const text = await response.text()
  const answer: Answer = {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: path === '/demo/guest' ? hideSecrets(text) : text,
    milliseconds: performance.now() - start,
  }
  show({ ...exchange, answer: isLost ? 'lost' : answer })
  return { answer, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

function hideSecrets(body: string): string {
  return JSON.stringify(JSON.parse(body), (name, value: unknown) =>
    HIDDEN.has(name) ? '••••••••' : value,
  )
}

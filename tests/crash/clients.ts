/** What the clients of a server that dies know for certain, and what they cannot know. */
export interface ClientSession {
  readonly sessionId: string
  /** The newest refresh token that an answer brought. */
  refreshToken: string
  /** Made before an exchange is sent, sent again with every retry of it. */
  attemptKey: string | null
  /** `asked`: the logout was sent and its answer never came. */
  logout: 'no' | 'asked' | 'acknowledged'
}

export interface Load {
  readonly sessions: readonly ClientSession[]
  /** Answers that brought what was asked for. */
  readonly acknowledged: { logins: number; refreshes: number; logouts: number }
  /** Resolves after so many more of them. */
  after(acknowledgements: number): Promise<void>
  /** Resolves when every client noticed that the server is gone. */
  readonly over: Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body: any
}

/** A call that got no answer, or was told to come again later: its client cannot know more. */
export class NoAnswer extends Error {}

export const PASSWORD = 'purple-otter-vs-9-lamps'
export const USERS = 16
const REFRESHING = 64
const SIGNING_IN = 8
/** A client signs out after so many exchanges and begins a new session. */
const EXCHANGES_PER_SESSION = 12

export async function call(
  url: string,
  path: string,
  json: object,
  attemptKey: string | null = null,
): Promise<Answer> {
  try {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(attemptKey === null ? {} : { 'Idempotency-Key': attemptKey }),
      },
      body: JSON.stringify(json),
    })
    const text = await answer.text()
    if (answer.status === 503) throw new NoAnswer('503')
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
  } catch (error) {
    // `fetch` throws these when the connection breaks off.
    if (error instanceof TypeError) throw new NoAnswer('cut off', { cause: error })
    throw error
  }
}

export function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

/** 64 clients refresh, sign out and in again, and others only sign in, until the server is gone. */
export function startLoad(url: string): Load {
  const sessions: ClientSession[] = []
  const acknowledged = { logins: 0, refreshes: 0, logouts: 0 }
  let waiting: { at: number; resolve: () => void } | null = null

  function count(what: keyof typeof acknowledged): void {
    acknowledged[what] += 1
    const total = acknowledged.logins + acknowledged.refreshes + acknowledged.logouts
    if (waiting !== null && total >= waiting.at) waiting.resolve()
  }

  async function signIn(lane: number): Promise<ClientSession | null> {
    const username = `user${lane % USERS}`
    const { status, body } = await call(url, '/v1/login', { username, password: PASSWORD })
    if (status !== 200) throw new Error(`login: ${status}`)
    const session: ClientSession = {
      sessionId: claimsOf(body.access_token).sid,
      refreshToken: body.refresh_token,
      attemptKey: null,
      logout: 'no',
    }
    sessions.push(session)
    count('logins')
    return session
  }

  async function refresh(session: ClientSession, attemptKey: string | null): Promise<void> {
    session.attemptKey = attemptKey
    const json = { refresh_token: session.refreshToken }
    const { status, body } = await call(url, '/v1/refresh', json, attemptKey)
    if (status !== 200) throw new Error(`an honest client was refused: ${status}`)
    session.refreshToken = body.refresh_token
    session.attemptKey = null
    count('refreshes')
  }

  async function signOut(session: ClientSession): Promise<void> {
    session.logout = 'asked'
    const { status } = await call(url, '/v1/logout', { refresh_token: session.refreshToken })
    if (status !== 204) throw new Error(`logout: ${status}`)
    session.logout = 'acknowledged'
    count('logouts')
  }

  /** Every second client sends keys. */
  async function refreshing(lane: number): Promise<never> {
    for (let turn = 0; ; turn++) {
      const session = (await signIn(lane))!
      for (let exchange = 0; exchange < EXCHANGES_PER_SESSION; exchange++) {
        await refresh(session, lane % 2 === 0 ? `key-${lane}-${turn}-${exchange}` : null)
      }
      await signOut(session)
    }
  }

  async function signingIn(lane: number): Promise<never> {
    for (;;) await signIn(lane)
  }

  const lanes = [
    ...Array.from({ length: REFRESHING }, (_, lane) => refreshing(lane)),
    ...Array.from({ length: SIGNING_IN }, (_, lane) => signingIn(lane)),
  ]
  return {
    sessions,
    acknowledged,
    after: (acknowledgements) =>
      new Promise((resolve) => {
        const { logins, refreshes, logouts } = acknowledged
        waiting = { at: logins + refreshes + logouts + acknowledgements, resolve }
      }),
    over: allGone(lanes),
  }
}

/** Fails with the first end of a client that was not the server's death. */
async function allGone(lanes: readonly Promise<never>[]): Promise<void> {
  for (const ended of await Promise.allSettled(lanes)) {
    if (ended.status === 'rejected' && !(ended.reason instanceof NoAnswer)) throw ended.reason
  }
}

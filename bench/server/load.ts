// The clients of one server, in a process of their own: `node load.ts URL DRIVER [LOGIN_URL]`.
// Every client has one connection and one session. Its parent says what they do and for how long.
import { drivers, type DriverName } from './drivers/index.ts'
import type { Operation, Tokens } from './drivers/driver.ts'
import { createHttpClient, type HttpClient } from './http-client.ts'

const CLIENTS = 64

export interface LoadOrder {
  readonly operation: Operation | 'hello'
  readonly milliseconds: number
}

export interface LoadResult {
  readonly operations: number
  readonly seconds: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
}

export type LoadAnswer = { readonly result: LoadResult } | { readonly failed: string }

interface Session {
  readonly client: HttpClient
  readonly username: string
  tokens: Tokens
}

const [url = '', driverName = '', loginUrl = url] = process.argv.slice(2)
const driver = drivers[driverName as DriverName]
const signingIn = createHttpClient(loginUrl, addressOf(0))
let sessions: Session[] | undefined

function addressOf(user: number): string {
  return `10.0.0.${user + 1}`
}

const steps: Readonly<Record<LoadOrder['operation'], (session: Session) => Promise<unknown>>> = {
  hello: ({ client }) => client.send({ method: 'GET', path: '/hello' }),
  login: ({ client, username }) => driver.login(client, username),
  me: ({ client, tokens }) => driver.me(client, tokens),
  verify: ({ client, tokens }) => driver.verify(client, tokens),
  async refresh(session) {
    session.tokens = await driver.refresh(session.client, session.tokens)
  },
}

async function work({ operation, milliseconds }: LoadOrder): Promise<LoadResult> {
  sessions ??= await openSessions(operation)
  const step = steps[operation]
  const latencies: number[] = []
  const start = performance.now()
  await Promise.all(
    sessions.map(async (session) => {
      for (let now = performance.now(); now - start < milliseconds;) {
        await step(session)
        const end = performance.now()
        latencies.push(end - now)
        now = end
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  latencies.sort((left, right) => left - right)
  return {
    operations: latencies.length,
    seconds,
    p50Milliseconds: latencies[Math.floor(latencies.length * 0.5)]!,
    p99Milliseconds: latencies[Math.floor(latencies.length * 0.99)]!,
  }
}

/** One after the other, so that no server answers that it is busy. */
async function openSessions(operation: LoadOrder['operation']): Promise<Session[]> {
  const opened: Session[] = []
  for (let user = 0; user < CLIENTS; user++) {
    const username = `user${user}`
    const tokens =
      operation === 'hello' ? { access: '', refresh: '' } : await driver.login(signingIn, username)
    opened.push({ client: createHttpClient(url, addressOf(user)), username, tokens })
  }
  return opened
}

process.on('message', (order: LoadOrder) => {
  work(order).then(
    (result) => process.send!({ result } satisfies LoadAnswer),
    (error: unknown) => process.send!({ failed: String(error) } satisfies LoadAnswer),
  )
})

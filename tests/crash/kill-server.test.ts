import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { openDatabaseRows } from '../../packages/server/tests/database-rows.ts'

const ENTRY = fileURLToPath(new URL('../../packages/server/src/cli/mapae.ts', import.meta.url))
const DEMO_PASSWORD = 'correct horse 9'
const ROUNDS = 5
const SESSIONS = 8
const CALLS_AT_ONCE = 4
/** The server dies after so many exchanges of its round, in the middle of others. */
const EXCHANGES_BEFORE_KILL = [0, 10, 25, 40, 60]

interface Server {
  readonly url: string
  kill(): Promise<void>
}

async function startServer(dataDirectory: string): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=mapae-source', ENTRY, 'dev'], {
    env: {
      PATH: process.env['PATH'],
      MAPAE_DATA_DIR: dataDirectory,
      MAPAE_DEMO_PASSWORD: DEMO_PASSWORD,
      // The same in every round, whichever port is free.
      MAPAE_ISSUER: 'http://localhost:4400',
      MAPAE_SIGNIN_LIMIT_ACCOUNT: '1000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let banner = ''
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    banner += String(chunk)
    if (banner.includes('Ctrl+C')) break
  }
  const port = /running: http:\/\/localhost:(\d+)/.exec(banner)?.[1]
  return {
    url: `http://127.0.0.1:${port}`,
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

interface Answer {
  readonly status: number
  readonly body: any
}

async function post({ url }: Server, path: string, json: object): Promise<Answer> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(json),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

/** A client of one session: it keeps the newest token that it was handed. */
interface Client {
  readonly sessionId: string
  refreshToken: string
  isEnded: boolean
}

function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

async function signIn(server: Server): Promise<Client> {
  const { status, body } = await post(server, '/v1/login', {
    username: 'demo',
    password: DEMO_PASSWORD,
  })
  assert.equal(status, 200)
  const sessionId = claimsOf(body.access_token).sid
  return { sessionId, refreshToken: body.refresh_token, isEnded: false }
}

/** Presents the newest token several times at once, over and over, until the server is gone. */
async function refreshUntilKilled(server: Server, client: Client, exchanged: () => void) {
  for (;;) {
    const { refreshToken } = client
    const calls = Array.from({ length: CALLS_AT_ONCE }, async () => {
      const { status, body } = await post(server, '/v1/refresh', { refresh_token: refreshToken })
      assert.equal(status, 200, 'an honest client was refused')
      client.refreshToken = body.refresh_token
    })
    const results = await Promise.allSettled(calls)
    for (const result of results) {
      if (result.status === 'fulfilled') continue
      // A connection that broke off is the kill.
      if (result.reason instanceof TypeError) return
      throw result.reason
    }
    exchanged()
  }
}

/** What was acknowledged is stored; what was never acknowledged is at most one exchange further. */
function assertStored(dataDirectory: string, clients: readonly Client[]): void {
  const rows = openDatabaseRows(`sqlite:${join(dataDirectory, 'mapae.db')}`)
  const { sessions, events } = rows.read()
  rows.close()
  for (const { sessionId, refreshToken, isEnded } of clients) {
    const row = sessions.find(({ id }) => id === sessionId)
    const acknowledged = claimsOf(refreshToken).gen
    assert.ok(row.live === acknowledged || row.live === acknowledged + 1, 'a generation is lost')
    const exchanges = events.filter(
      ({ name, session_id }) => name === 'token.refreshed' && session_id === sessionId,
    )
    assert.equal(exchanges.length, row.live - 1, 'an exchange without its event, or the reverse')
    assert.equal(row.ended_at !== null, isEnded, 'the end of a session is lost, or made up')
  }
}

test(`kill -9 among refreshes, ${ROUNDS} times: what was acknowledged is there`, async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'mapae-crash-'))
  const clients: Client[] = []
  let acknowledged = 0
  let server = await startServer(dataDirectory)
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const running = server
      while (clients.length < SESSIONS + round) clients.push(await signIn(running))
      const enough = Promise.withResolvers<void>()
      let exchanges = 0
      const count = () => {
        exchanges += 1
        if (exchanges >= EXCHANGES_BEFORE_KILL[round]!) enough.resolve()
      }
      const [leaving, ...staying] = clients.filter(({ isEnded }) => !isEnded)
      const refreshing = staying.map((client) => refreshUntilKilled(running, client, count))
      const logout = { refresh_token: leaving!.refreshToken }
      assert.equal((await post(running, '/v1/logout', logout)).status, 204)
      leaving!.isEnded = true
      await enough.promise
      await running.kill()
      await Promise.all(refreshing)
      acknowledged += exchanges
      assertStored(dataDirectory, clients)

      server = await startServer(dataDirectory)
      for (const client of clients) {
        const again = await post(server, '/v1/refresh', { refresh_token: client.refreshToken })
        assert.equal(again.status, client.isEnded ? 400 : 200)
        if (!client.isEnded) client.refreshToken = again.body.refresh_token
      }
    }
  } finally {
    await server.kill()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  t.diagnostic(`${acknowledged} rounds of presentations were acknowledged`)
})

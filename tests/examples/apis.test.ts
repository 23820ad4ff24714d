import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { endAll, inRepository, run } from './processes.ts'

const examples = readdirSync(inRepository('examples')).filter((name) =>
  name.startsWith('api-with-'),
)
const PASSWORD = 'correct horse 9'
/** The promise, counted from the answer to the sign-out. */
const REFUSED_WITHIN_MILLISECONDS = 1000

const folder = mkdtempSync(join(tmpdir(), 'mapae-example-'))
let issuer = ''
const apis = new Map<string, string>()

before(async () => {
  const settings = { MAPAE_DATA_DIR: folder, MAPAE_DEMO_PASSWORD: PASSWORD }
  const banner = await run('packages/server/src/cli/mapae.ts', ['dev'], settings, /Ctrl\+C/)
  issuer = /running: (\S+)/.exec(banner)![1]!
  const environment = { MAPAE_ISSUER: issuer, PORT: '0' }
  await Promise.all(
    examples.map(async (name) => {
      const said = await run(`examples/${name}`, [], environment, /orders\n/)
      apis.set(name, said.trim())
    }),
  )
})

after(async () => {
  await endAll()
  rmSync(folder, { recursive: true, force: true })
})

async function signIn(): Promise<string> {
  const answer = await fetch(`${issuer}/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'demo', password: PASSWORD }),
  })
  const { access_token: accessToken } = (await answer.json()) as { access_token: string }
  return accessToken
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

test('every framework has its example', () => {
  assert.deepEqual(examples, [
    'api-with-express.ts',
    'api-with-fastify.ts',
    'api-with-fetch.ts',
    'api-with-hono.ts',
    'api-with-node.ts',
  ])
})

for (const name of examples) {
  test(`${name} takes the tokens of the server and asks for what they lack`, async () => {
    const url = apis.get(name)!
    const token = await signIn()
    const listed = await fetch(url, bearer(token))
    assert.equal(listed.status, 200)
    assert.match(((await listed.json()) as { user: string }).user, /^[\w-]{22}$/)
    assert.equal((await fetch(url)).headers.get('www-authenticate')?.startsWith('Bearer'), true)
    const ordered = await fetch(url, { method: 'POST', ...bearer(token) })
    assert.equal(ordered.status, 403)
    assert.match(ordered.headers.get('www-authenticate') ?? '', /scope="orders:write"/)
    const metrics = await (await fetch(new URL('/metrics', url))).text()
    assert.match(metrics, /^mapae_verify_revocation_feed_connected 1$/m)
  })
}

test('a sign-out is obeyed by all of them within a second', async () => {
  const token = await signIn()
  const statuses = async () =>
    Promise.all([...apis.values()].map(async (url) => (await fetch(url, bearer(token))).status))
  assert.deepEqual(new Set(await statuses()), new Set([200]))
  const ended = await fetch(`${issuer}/v1/logout`, { method: 'POST', ...bearer(token) })
  assert.equal(ended.status, 204)
  const start = performance.now()
  while ((await statuses()).includes(200)) {
    assert.ok(performance.now() - start < REFUSED_WITHIN_MILLISECONDS, 'some still take the token')
  }
  const [url = ''] = apis.values()
  const refused = (await (await fetch(url, bearer(token))).json()) as { reason: string }
  assert.equal(refused.reason, 'session_ended')
})

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'

import { run } from '../../src/cli/program.ts'
import { createTestMapae, PASSWORD, type TestMapae } from '../test-mapae.ts'

let folder: string
let server: TestMapae
let environment: Record<string, string>

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mapae-cli-'))
  // The command line has the real clock, and both look at the same instants.
  const databaseUrl = `sqlite:${join(folder, 'mapae.db')}`
  server = await createTestMapae({ databaseUrl }, Math.floor(Date.now() / 1000))
  environment = {
    MAPAE_DATA_DIR: folder,
    MAPAE_MASTER_KEY: Buffer.from(server.config.masterKey).toString('base64url'),
  }
})

after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function mapae(words: string, input = '') {
  let stdout = ''
  let stderr = ''
  const exitCode = await run(words.split(' '), {
    environment,
    input: Readable.from([input]) as unknown as NodeJS.ReadStream,
    print: (text) => void (stdout += text),
    say: (text) => void (stderr += text),
  })
  return { exitCode, stdout, stderr, json: () => JSON.parse(stdout) }
}

test('user: create, list, reset-password, disable, enable', async () => {
  const made = await mapae('user create Bora --email bora@example.com --json', `${PASSWORD}\n`)
  assert.equal(made.exitCode, 0, made.stderr)
  assert.equal(made.json().username, 'Bora')
  assert.equal(made.json().email, 'bora@example.com')

  const taken = await mapae('user create BORA', PASSWORD)
  assert.equal(taken.exitCode, 1)
  assert.match(taken.stderr, /^mapae: This user name is taken\./)

  const listed = await mapae('user list')
  assert.match(listed.stdout, /^USERNAME +ID +CREATED +STATE\n/)
  assert.match(listed.stdout, /^Bora +[\w-]{22} +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC +enabled$/m)

  const reset = await mapae('user reset-password bora --generate-password')
  const password = reset.stdout.trim()
  assert.equal(password.length, 20)
  const login = { username: 'bora', password }
  assert.equal((await server.call('POST', '/v1/login', login)).status, 200)

  const disabled = await mapae('user disable bora --json')
  assert.equal(typeof disabled.json().disabled_at, 'number')
  assert.equal((await server.call('POST', '/v1/login', login)).status, 401)
  assert.equal((await mapae('user disable bora')).exitCode, 1)

  const enabled = await mapae('user enable bora')
  assert.equal(enabled.stderr, 'Enabled Bora: its user may sign in again.\n')
  assert.equal((await server.call('POST', '/v1/login', login)).status, 200)
  assert.equal((await mapae('user enable bora')).exitCode, 1)
  assert.equal((await mapae('user enable nobody')).exitCode, 3)
})

test('a bad password is refused with its reason, and nothing is made', async () => {
  const refused = await mapae('user create minji', 'password')
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /heavily used/)
  assert.equal((await mapae('user disable minji')).exitCode, 3)
})

test('without a password nothing is made', async () => {
  assert.equal((await mapae('user create minji', '\n')).exitCode, 2)
})

test('session: list and revoke; a running server refuses its tokens within a second', async () => {
  const { access_token: accessToken } = await server.signUp('haneul')
  const bearer = server.bearer(accessToken)
  assert.equal((await server.call('GET', '/v1/me', undefined, bearer)).status, 200)

  const { id } = (await mapae('session list haneul --json')).json()
  assert.match((await mapae('session list haneul')).stdout, new RegExp(`^${id} `, 'm'))
  const revoked = await mapae(`session revoke ${id}`)
  assert.equal(revoked.exitCode, 0, revoked.stderr)
  assert.equal((await mapae(`session revoke ${id}`)).exitCode, 3)
  assert.equal((await mapae('session revoke nonsense')).exitCode, 3)

  const deadline = performance.now() + 1000
  let status = 200
  while (status === 200 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    status = (await server.call('GET', '/v1/me', undefined, bearer)).status
  }
  assert.equal(status, 401)
})

test('events tail: as text and as JSON', async () => {
  await server.signUp('sori')
  const text = await mapae('events tail -n 3')
  assert.deepEqual(
    text.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/)[1]),
    ['user.created', 'login.succeeded', 'session.started'],
  )
  const lines = (await mapae('events tail --json -n 2')).stdout.trim().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).name),
    ['login.succeeded', 'session.started'],
  )
  assert.equal((await mapae('events tail -n many')).exitCode, 2)
})

test('token inspect: says in words whether the token verified', async () => {
  const { access_token: accessToken, refresh_token: refreshToken } = await server.signUp('nari')
  const good = await mapae('token inspect --json', refreshToken)
  assert.equal(good.json().verified, true, good.stderr)
  assert.equal(good.json().session, 'open')
  assert.equal(good.json().claims.gen, 1)

  const forged = await mapae('token inspect', `${accessToken.slice(0, -20)}${'A'.repeat(20)}`)
  assert.equal(forged.exitCode, 5)
  assert.match(forged.stdout, /^NOT VERIFIED: /)
  assert.match(forged.stdout, /^ {2}exp +\d+ +expires \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in \d/m)

  const noToken = await mapae('token inspect', 'hello')
  assert.equal(noToken.exitCode, 5)
  assert.match(noToken.stderr, /NOT VERIFIED: no JWT/)
})

test('token inspect: without keys it shows the claims and says that nothing was verified', async () => {
  const { access_token: accessToken } = await server.signUp('duri')
  const empty = mkdtempSync(join(tmpdir(), 'mapae-cli-'))
  environment = { MAPAE_DATA_DIR: empty }
  try {
    const shown = await mapae('token inspect', accessToken)
    assert.equal(shown.exitCode, 0)
    assert.match(shown.stdout, /^NOT VERIFIED: there are no keys at hand\./)
    assert.match(shown.stdout, /sub +[\w-]{22}/)
  } finally {
    rmSync(empty, { recursive: true })
  }
})

test('--version and -V print the version of the package, and nothing else', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  for (const option of ['--version', '-V']) {
    assert.deepEqual(
      { ...(await mapae(option)), json: null },
      { exitCode: 0, stdout: `${version}\n`, stderr: '', json: null },
    )
  }
  assert.match((await mapae('--help')).stdout, /-V, --version +print the version/)
})

test('usage errors exit with 2, help with 0', async () => {
  assert.equal((await mapae('frobnicate')).exitCode, 2)
  assert.equal((await mapae('user create')).exitCode, 2)
  const help = await mapae('--help')
  assert.equal(help.exitCode, 0)
  assert.match(help.stdout, /start .*run in production/)
})

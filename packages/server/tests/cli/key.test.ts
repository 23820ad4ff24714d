import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'

import { run } from '../../src/cli/program.ts'
import type { KeyPurpose } from '../../src/domain/signing-key.ts'
import { createTestMapae, type TestMapae } from '../test-mapae.ts'

const MASTER_KEY = new Uint8Array(32).fill(7)
const MINUTE = 60

let folder: string
let server: TestMapae
let masterKeys: Record<string, string> = { MAPAE_MASTER_KEY: text(MASTER_KEY) }

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mapae-key-'))
  const databaseUrl = `sqlite:${join(folder, 'mapae.db')}`
  const startsAt = Math.floor(Date.now() / 1000) - 80 * MINUTE
  server = await createTestMapae({ databaseUrl, masterKey: MASTER_KEY }, startsAt)
  // At the real time the second access token key signs for eight minutes.
  await server.mapae.keyRotation.rotate('access_token')
  server.clock.advance(80 * MINUTE)
  await server.mapae.signingKeys.follow()
})

after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

function text(key: Uint8Array): string {
  return Buffer.from(key).toString('base64url')
}

async function mapae(words: string) {
  let stdout = ''
  let stderr = ''
  const exitCode = await run(words.split(' '), {
    environment: { MAPAE_DATA_DIR: folder, ...masterKeys },
    input: Readable.from(['']) as unknown as NodeJS.ReadStream,
    print: (printed) => void (stdout += printed),
    say: (said) => void (stderr += said),
  })
  const lines = () => stdout.trimEnd().split('\n')
  return { exitCode, stdout, stderr, jsons: () => lines().map((line) => JSON.parse(line)) }
}

async function listed(purpose: KeyPurpose): Promise<any[]> {
  return (await mapae('key list --json')).jsons().filter((key) => key.purpose === purpose)
}

test('key list: kid, purpose, algorithm, stage, since, and what comes next', async () => {
  const [old, signing] = await listed('access_token')
  assert.equal(old.stage, 'verify-only')
  assert.equal(signing.stage, 'signing')
  assert.equal(old.since, signing.signs_from)
  assert.equal(old.safe_to_retire_at, signing.signs_from + 600 + 300)
  assert.ok(Number.isSafeInteger(signing.successor_due_at))

  const { stdout, exitCode } = await mapae('key list')
  assert.equal(exitCode, 0)
  assert.match(stdout, /^KID +PURPOSE +ALGORITHM +STAGE +SINCE +NEXT CHANGE\n/)
  const since = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`
  const rows = [
    `${old.kid} +access_token +ES256 +verify-only +${since} +safe to retire in 7 min`,
    String.raw`${signing.kid} +access_token +ES256 +signing +${since} +next key is published in 89 d \d+ h`,
    String.raw`[\w-]{8} +refresh_token +HS256 +signing +${since} +next key is published in 89 d \d+ h`,
  ]
  for (const row of rows) assert.match(stdout, new RegExp(`^${row}$`, 'm'))
})

test('key rotate: publishes one key a purpose and says when it signs', async () => {
  const first = await mapae('key rotate --purpose refresh_token')
  assert.equal(first.exitCode, 0)
  assert.match(
    first.stderr,
    /^Published key [\w-]{8} for refresh_token: it signs from \d{4}-.* UTC \(in (2 min|1 min 59 s)\)\.\n$/,
  )
  const again = await mapae('key rotate --purpose refresh_token --json')
  assert.equal(again.jsons()[0].published, false)
  assert.ok(first.stderr.includes(again.jsons()[0].kid))

  const both = (await mapae('key rotate --json')).jsons()
  assert.deepEqual(
    both.map(({ purpose, published }) => [purpose, published]),
    [
      ['access_token', true],
      ['refresh_token', false],
    ],
  )
  assert.equal((await mapae('key rotate --purpose id_token')).exitCode, 3)
  assert.equal((await mapae('key rotate --purpose other')).exitCode, 2)
  const list = (await mapae('key list')).stdout
  assert.match(list, /published .* signs in 1 h 1\d min$/m)
  assert.match(list, /refresh_token +HS256 +signing .* next key signs in (2 min|1 min \d+ s)$/m)
})

test('key retire: not while it signs, not while its tokens may be alive, unless forced', async () => {
  const [old, signing, published] = await listed('access_token')
  const alive = await mapae(`key retire ${old.kid}`)
  assert.equal(alive.exitCode, 1)
  assert.match(alive.stderr, /may be alive: safe to retire in 7 min \(--now refuses those tokens\)/)
  const signs = await mapae(`key retire ${signing.kid} --now`)
  assert.equal(signs.exitCode, 1)
  assert.match(signs.stderr, /signs: publish the next one with "mapae key rotate", or withdraw it/)
  const waits = await mapae(`key retire ${published.kid} --now`)
  assert.match(waits.stderr, /has not signed yet: withdraw it instead/)
  assert.equal((await mapae('key retire nothing')).exitCode, 3)

  const retired = await mapae(`key retire ${old.kid} --now --json`)
  assert.equal(retired.jsons()[0].retired, true)
  assert.match((await mapae(`key retire ${old.kid}`)).stderr, /is retired or withdrawn already/)
  assert.equal((await listed('access_token'))[0].stage, 'retired')
})

test('key withdraw: the key that signs is replaced; a running server refuses its tokens within a second', async () => {
  const { access_token: accessToken, refresh_token: refreshToken } = await server.signUp('bora')
  const bearer = server.bearer(accessToken)
  assert.equal((await server.call('GET', '/v1/me', undefined, bearer)).status, 200)
  const signing = (await listed('access_token')).find(({ stage }) => stage === 'signing')

  const withdrawn = await mapae(`key withdraw ${signing.kid}`)
  assert.equal(withdrawn.exitCode, 0, withdrawn.stderr)
  const [, replacement] = /Key ([\w-]{8}) signs instead, from now on/.exec(withdrawn.stderr) ?? []
  const now = (await listed('access_token')).find(({ stage }) => stage === 'signing')
  assert.equal(now.kid, replacement)
  assert.equal((await mapae(`key withdraw ${signing.kid}`)).exitCode, 1)

  const deadline = performance.now() + 1000
  let status = 200
  while (status === 200 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    status = (await server.call('GET', '/v1/me', undefined, bearer)).status
  }
  assert.equal(status, 401)
  const renewed = await server.call('POST', '/v1/refresh', { refresh_token: refreshToken })
  assert.equal(renewed.status, 200)
  const fresh = server.bearer(renewed.body.access_token)
  assert.equal((await server.call('GET', '/v1/me', undefined, fresh)).status, 200)
  const { body } = await server.call('GET', '/.well-known/jwks.json')
  const kids = new Set(body.keys.map(({ kid }: { kid: string }) => kid))
  assert.ok(kids.has(replacement) && !kids.has(signing.kid))
})

test('key withdraw: refresh tokens of a withdrawn key are refused', async () => {
  const { refresh_token: refreshToken } = await server.signUp('duri')
  const [{ kid }] = await listed('refresh_token')
  const [withdrawn] = (await mapae(`key withdraw ${kid} --json`)).jsons()
  assert.equal(withdrawn.withdrawn, true)
  await server.mapae.signingKeys.follow()
  assert.equal(server.mapae.signingKeys.refreshToken.signing.kid, withdrawn.replacement)
  const refused = await server.call('POST', '/v1/refresh', { refresh_token: refreshToken })
  assert.equal(refused.body.code, 'invalid_grant')
})

test('events tell of every change, and of no secret', async () => {
  const told = (await mapae('events tail --json -n 100')).jsons()
  const ofKeys = told.filter(({ name }) => name.startsWith('key.'))
  assert.deepEqual(
    ofKeys.map(({ name, details }) => `${name} ${details.reason}`),
    [
      'key.published first',
      'key.published first',
      'key.published requested',
      'key.published requested',
      'key.published requested',
      'key.retired requested',
      'key.withdrawn requested',
      'key.published replacement',
      'key.withdrawn requested',
      'key.published replacement',
    ],
  )
  for (const { details } of ofKeys) {
    assert.ok(
      Object.keys(details).every((name) =>
        /^(kid|purpose|algorithm|reason|signs_from)$/.test(name),
      ),
    )
  }
})

test('key reseal: after it the previous master key is not needed', async () => {
  const next = text(randomBytes(32))
  masterKeys = { MAPAE_MASTER_KEY: next }
  const wrong = await mapae('key list')
  assert.equal(wrong.exitCode, 1)
  assert.match(
    wrong.stderr,
    /^mapae: .+ another master key \(id [\w-]{8}\): set MAPAE_MASTER_KEY .+\n$/,
  )

  masterKeys = { MAPAE_MASTER_KEY: next, MAPAE_MASTER_KEY_PREVIOUS: text(MASTER_KEY) }
  const [resealed] = (await mapae('key reseal --json')).jsons()
  assert.equal(resealed.current, 0)
  assert.ok(resealed.resealed >= 4)
  const again = (await mapae('key reseal --json')).jsons()
  assert.deepEqual(again, [{ resealed: 0, current: resealed.resealed }])

  masterKeys = { MAPAE_MASTER_KEY: next }
  assert.equal((await mapae('key list')).exitCode, 0)
})

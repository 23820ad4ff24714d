import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createPasswordHasher } from '../../src/login/password-hashing.ts'
import { createSignInWithPassword } from '../../src/login/password.ts'
import { createSignInThrottle } from '../../src/login/throttle.ts'
import { openDatabaseRows } from '../database-rows.ts'
import { createTestMapae, PASSWORD, type TestMapae } from '../test-mapae.ts'

const LIMIT = 4
const HOME = '192.0.2.1'
const ATTACKER = '198.51.100.66'

const open = async (changes: Parameters<typeof createTestMapae>[0] = {}) => {
  const server = await createTestMapae({ signInLimitAccount: LIMIT, ...changes })
  after(() => server.close())
  // As a demo account, whose password is not measured: that takes a thread half a second to begin.
  const account = { username: 'mina', password: PASSWORD, email: null, isDemo: true }
  await server.mapae.accounts.create({ ...account, ipAddress: HOME })
  assert.equal((await login(server, PASSWORD, HOME)).status, 200)
  return server
}

async function login(server: TestMapae, password: string, from = HOME, username = 'mina') {
  return server.call('POST', '/v1/login', { username, password }, {}, from)
}

async function statuses(count: number, attempt: () => Promise<{ status: number }>) {
  const all: number[] = []
  for (let index = 0; index < count; index++) all.push((await attempt()).status)
  return all
}

test('guesses at one account are refused beyond the limit, whatever the spelling', async () => {
  const server = await open()
  const spellings = ['mina', 'MINA', 'ｍina', ' mina', 'Mina', 'mina']
  const answers = []
  for (const spelling of spellings) answers.push(await login(server, 'wrong', ATTACKER, spelling))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 429, 429],
  )
  const refused = answers.at(-1)!
  assert.equal(refused.body.code, 'too_many_attempts')
  assert.equal(refused.headers.get('retry-after'), '60')
  server.clock.advance(25)
  const later = await login(server, PASSWORD, ATTACKER)
  assert.deepEqual([later.status, later.headers.get('retry-after')], [429, '35'])
  assert.equal((await login(server, 'wrong', ATTACKER, 'somebody else')).status, 401)
})

test('the window ends after a minute, to the second', async () => {
  const server = await open()
  await statuses(LIMIT + 1, () => login(server, 'wrong', ATTACKER))
  server.clock.advance(59)
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 429)
  server.clock.advance(1)
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 200)
})

test('guesses from one address are refused beyond its limit, whatever the account', async () => {
  const server = await open({ signInLimitAddress: 3 })
  let number = 0
  const guess = () => login(server, 'wrong', ATTACKER, `user ${number++}`)
  assert.deepEqual(await statuses(5, guess), [401, 401, 401, 429, 429])
  const signUp = { username: 'new', password: PASSWORD }
  const refused = await server.call('POST', '/v1/signup', signUp, {}, ATTACKER)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '60'])
  assert.equal((await login(server, PASSWORD)).status, 200)
})

test('the user gets in from a known address while somebody hammers from elsewhere', async () => {
  const server = await open()
  for (let minute = 0; minute < 3; minute++) {
    const hammering = await statuses(LIMIT * 3, () => login(server, 'wrong', ATTACKER))
    assert.equal(hammering.at(-1), 429)
    assert.equal((await login(server, PASSWORD, HOME)).status, 200)
    assert.equal((await login(server, PASSWORD, ATTACKER)).status, 429)
    server.clock.advance(60)
  }
})

test('a known address has a limit too', async () => {
  const server = await open()
  const all = await statuses(LIMIT + 1, () => login(server, 'wrong', HOME))
  assert.deepEqual(all, [401, 401, 401, 401, 429])
})

test('successes do not count', async () => {
  const server = await open({ signInLimitAddress: LIMIT })
  const all = await statuses(LIMIT * 3, () => login(server, PASSWORD, ATTACKER))
  assert.deepEqual(new Set(all), new Set([200]))
  await statuses(LIMIT - 1, () => login(server, 'wrong', ATTACKER))
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 200)
  assert.equal((await login(server, 'wrong', ATTACKER)).status, 401)
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 429)
})

test('counts survive a restart', async () => {
  const server = await open()
  await statuses(LIMIT, () => login(server, 'wrong', ATTACKER))
  await server.restart()
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 429)
  server.clock.advance(60)
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 200)
})

test('of a hundred parallel guesses at most the limit reaches the hasher', async () => {
  const server = await open()
  const { stores } = server.mapae
  let hashes = 0
  const { clock, random, monotonicMilliseconds } = server.surroundings
  const hasher = createPasswordHasher({
    engine: {
      name: 'node',
      derive: async ({ tagBytes }) => {
        hashes += 1
        return new Uint8Array(tagBytes)
      },
    },
    concurrency: 2,
    queueLimit: 100,
    random,
    monotonicMilliseconds,
  })
  const limits = { perAccount: LIMIT, perAddress: 1000 }
  const throttle = createSignInThrottle(stores, limits, clock)
  const noSession = async () => null
  const signIn = createSignInWithPassword(stores, hasher, throttle, noSession, clock)
  const guess = () => signIn('mina', 'wrong', { label: null, ipAddress: ATTACKER })
  const results = await Promise.allSettled(Array.from({ length: 100 }, guess))
  assert.equal(hashes, LIMIT)
  const codes = Map.groupBy(results, (result) =>
    result.status === 'rejected' ? String(result.reason.code) : 'signed in',
  )
  const counts = Object.fromEntries([...codes].map(([code, all]) => [code, all.length]))
  assert.deepEqual(counts, { invalid_credentials: LIMIT, too_many_attempts: 100 - LIMIT })
})

test('over HTTP a hundred parallel guesses are counted the same way, with one event', async () => {
  const server = await open()
  const rows = openDatabaseRows(server.config.databaseUrl)
  const guesses = Array.from({ length: 100 }, () => login(server, 'wrong', ATTACKER))
  const answers = await Promise.all(guesses)
  assert.equal(answers.filter(({ status }) => status === 401).length, LIMIT)
  assert.equal(answers.filter(({ status }) => status === 429).length, 100 - LIMIT)
  const names = rows.read().events.map(({ name }) => name)
  assert.equal(names.filter((name) => name === 'login.failed').length, LIMIT)
  assert.equal(names.filter((name) => name === 'login.throttled').length, 1)
  rows.close()
})

test('guesses at the current password with a stolen access token are throttled alike', async () => {
  const server = await open()
  const { access_token } = (await login(server, PASSWORD)).body
  const change = (current: string) =>
    server.call(
      'POST',
      '/v1/password',
      { current_password: current, new_password: 'violet-badger-vs-7-drums' },
      server.bearer(access_token),
      ATTACKER,
    )
  assert.deepEqual(await statuses(LIMIT + 1, () => change('wrong')), [403, 403, 403, 403, 429])
  assert.equal((await change(PASSWORD)).status, 429)
  assert.equal((await login(server, PASSWORD, ATTACKER)).status, 429)
  assert.equal((await login(server, PASSWORD, HOME)).status, 200)
})

test('an attempt that the full pool turned away does not count', async () => {
  const server = await open({ hashConcurrency: 1, hashQueue: 0 })
  const { access_token } = (await login(server, PASSWORD)).body
  const change = { current_password: 'wrong', new_password: 'violet-badger-vs-7-drums' }
  const attempts = [
    () => login(server, 'wrong', ATTACKER),
    () => server.call('POST', '/v1/password', change, server.bearer(access_token), ATTACKER),
  ]
  for (const attempt of attempts) {
    const occupied = server.mapae.hasher.verify(null, 'occupies the only place')
    assert.deepEqual(await statuses(1, attempt), [503])
    await occupied
  }
  const all = await statuses(LIMIT + 1, () => login(server, 'wrong', ATTACKER))
  assert.deepEqual(all, [401, 401, 401, 401, 429])
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { UserId } from '../../src/domain/ids.ts'
import { loadArgon2Engine } from '../../src/login/argon2-engine.ts'
import { createPasswordHasher } from '../../src/login/password-hashing.ts'
import { openDatabaseRows } from '../database-rows.ts'
import { createTestMapae, PASSWORD } from '../test-mapae.ts'

const server = await createTestMapae({ signInLimitAccount: 1000 })
const { call, mapae } = server
const rows = openDatabaseRows(server.config.databaseUrl)
after(async () => {
  rows.close()
  await server.close()
})

const mina = await server.signUp()
const disabled = await server.signUp('disabled')
assert.equal(await mapae.accounts.disable(disabled.user.id as UserId), true)

const login = async (username: string, password: string) =>
  call('POST', '/v1/login', { username, password })

test('unknown, disabled and wrong get the same answer, down to its headers', async () => {
  const answers = [
    await login('mina', 'wrong'),
    await login('nobody', 'wrong'),
    await login('disabled', PASSWORD),
    await login('disabled', 'wrong'),
    await login('...', 'wrong'),
    await login('x'.repeat(200), 'wrong'),
    await login('mina', 'x'.repeat(1000)),
  ].map(({ status, headers, body }) => ({ status, headers: [...headers], body }))
  assert.equal(answers[0]!.status, 401)
  assert.equal(answers[0]!.body.code, 'invalid_credentials')
  for (const answer of answers) assert.deepEqual(answer, answers[0])
})

test('a disabled user is out at once, with every kind of token', async () => {
  const { access_token, refresh_token } = disabled
  const me = await call('GET', '/v1/me', undefined, server.bearer(access_token))
  assert.deepEqual([me.status, me.body.reason], [401, 'session_ended'])
  assert.equal((await call('POST', '/v1/refresh', { refresh_token })).status, 400)
  const change = { current_password: PASSWORD, new_password: 'violet-badger-vs-7-drums' }
  const changed = await call('POST', '/v1/password', change, server.bearer(access_token))
  assert.equal(changed.status, 401)
})

test('a password hashed with other parameters is hashed anew at the next sign-in', async () => {
  const weak = createPasswordHasher({
    engine: await loadArgon2Engine(),
    concurrency: 1,
    queueLimit: 1,
    random: server.surroundings.random,
    monotonicMilliseconds: server.surroundings.monotonicMilliseconds,
    parameters: { memoryKibibytes: 1024, passes: 1, lanes: 1 },
  })
  const userId = mina.user.id as UserId
  const stored = async () => (await mapae.stores.users.find(userId))!
  const oldHash = await weak.hash(PASSWORD)
  assert.equal(
    await mapae.stores.users.rehash(userId, (await stored()).passwordHash, oldHash),
    true,
  )

  assert.equal((await login('mina', 'wrong')).status, 401)
  assert.equal((await stored()).passwordHash, oldHash)
  assert.equal((await login('mina', PASSWORD)).status, 200)
  const { passwordHash, credentialVersion } = await stored()
  assert.match(passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal(credentialVersion, 1)
  assert.equal((await login('mina', PASSWORD)).status, 200)
  assert.equal((await stored()).passwordHash, passwordHash)
  const me = await call('GET', '/v1/me', undefined, server.bearer(mina.access_token))
  assert.equal(me.status, 200)
})

test('a damaged hash fails like a wrong password, and the audit says why', async () => {
  await server.signUp('damaged')
  const user = (await mapae.stores.users.findByUsernameKey('damaged'))!
  await mapae.stores.users.rehash(user.id, user.passwordHash, '$argon2id$damaged')
  const answer = await login('damaged', PASSWORD)
  assert.deepEqual([answer.status, answer.body.code], [401, 'invalid_credentials'])
  const event = rows.read().events.at(-1)
  assert.equal(event.name, 'login.failed')
  assert.deepEqual(JSON.parse(event.details), { method: 'password', stored_hash: 'damaged' })
})

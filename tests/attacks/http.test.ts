import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { errorTable, type ErrorCode } from '../../packages/server/src/domain/errors.ts'
import { openDatabaseRows, type DatabaseRows } from '../../packages/server/tests/database-rows.ts'
import { createTestMapae, listen } from '../../packages/server/tests/test-mapae.ts'
import { readHttpCases, requestBytes, TOPICS, type HttpCase } from './http-case.ts'
import { sendRaw, type RawAnswer } from './raw-http.ts'
import { createTokenKitchen, type GenuineTokens, type TokenRecipe } from './token-recipes.ts'

const cases = readHttpCases()

const mapae = await createTestMapae()
const server = await listen(mapae)
const port = Number(new URL(server.url).port)
const rows = openDatabaseRows(mapae.config.databaseUrl)
const signedUp = await mapae.signUp()
const genuine: GenuineTokens = { access: signedUp.access_token, refresh: signedUp.refresh_token }
const makeToken = createTokenKitchen(mapae, genuine)
const me = (accessToken: string) =>
  Buffer.from(
    `GET /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${accessToken}\r\n\r\n`,
  )
let ran = 0

before(() => {
  const names = cases.map(({ topic, name }) => `${topic}: ${name}`)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
  assert.deepEqual(
    TOPICS.filter((topic) => !cases.some((one) => one.topic === topic)),
    [],
  )
})

after(async () => {
  console.log(`${ran} bad requests over HTTP in ${TOPICS.length} topics, nothing changed`)
  rows.close()
  await server.close()
  await mapae.close()
})

for (const one of cases) {
  test(`${one.topic}: ${one.name}`, async () => {
    const token = one.token === undefined ? '' : makeToken(one.token)
    const earlier = rows.read()
    const answer = await sendRaw(port, requestBytes(one, { ...genuine, token }))
    checkAnswer(one, answer)
    checkRows(one, earlier, rows.read())
    assert.doesNotMatch(answer.body, /eyJ[\w-]{20}/, 'the answer repeats a token')
    ran += 1
  })
}

test('the tokens of the recipes are good when nothing is wrong with them', async () => {
  const unchanged: TokenRecipe[] = [
    {},
    { sign: 'server_es256' },
    { claims: { jti: 'another' }, sign: 'server_es256' },
    { header: { typ: 'application/at+jwt' }, sign: 'server_es256' },
  ]
  for (const recipe of unchanged) {
    assert.equal((await sendRaw(port, me(makeToken(recipe)))).status, 200, JSON.stringify(recipe))
  }
})

test('after all of it the tokens still work', async () => {
  assert.equal((await sendRaw(port, me(genuine.access))).status, 200)
  const refreshed = await mapae.call('POST', '/v1/refresh', { refresh_token: genuine.refresh })
  assert.equal(refreshed.status, 200)
})

function checkAnswer(one: HttpCase, answer: RawAnswer): void {
  assert.equal(answer.status, one.status, answer.body)
  assert.equal(answer.answers, 1)
  for (const [name, value] of Object.entries(one.answer ?? {})) {
    assert.equal(answer.headers.get(name.toLowerCase()), value)
  }
  if (one.code === null) return
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(answer.headers.has('set-cookie'), false)
  if (one.method === 'HEAD') return
  const problem = JSON.parse(answer.body)
  const { status, title } = errorTable[one.code as ErrorCode]
  const type = `urn:mapae:error:${one.code}`
  assert.deepEqual(
    { type: problem.type, title: problem.title, status: problem.status, code: problem.code },
    { type, title, status, code: one.code },
  )
  assert.equal(status, one.status)
  assert.equal(problem.reason, one.reason)
}

function checkRows(one: HttpCase, earlier: DatabaseRows, later: DatabaseRows): void {
  for (const table of ['users', 'sessions', 'signing_keys'] as const) {
    assert.deepEqual(later[table], earlier[table])
  }
  const stored = earlier.events.length
  assert.deepEqual(later.events.slice(0, stored), earlier.events)
  const written = later.events.slice(stored).map(({ name }) => name)
  assert.deepEqual(written, one.writes ?? [])
  if (one.counted === true) assert.notDeepEqual(later.attempts, earlier.attempts)
  else assert.deepEqual(later.attempts, earlier.attempts)
}

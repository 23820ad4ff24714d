import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'

import { exportJwk, type Key } from '@mapae/jwt'
import { pino } from 'pino'

import { createMapae } from '../src/main.ts'
import { openDatabaseRows } from './database-rows.ts'
import { createSecretSearch, type Secret } from './secret-search.ts'
import { createTestMapae, type TestAnswer } from './test-mapae.ts'
import { createPageDriver, formToken } from './ui/page-driver.ts'

const canary = (kind: string) => `canary ${kind} ${randomBytes(9).toString('hex')}`
const typed = {
  password: canary('password'),
  newPassword: canary('new password'),
  wrongPassword: canary('wrong password'),
  passwordAsName: canary('password typed as name'),
  idempotencyKey: canary('idempotency key').replaceAll(' ', '-'),
  foreignCookie: canary('cookie of another application').replaceAll(' ', '-'),
}
const masterKey = randomBytes(32)

let log = ''
const logger = pino({ level: 'debug', base: null }, { write: (line) => void (log += line) })
const config = { masterKey, logger, signInLimitAccount: 3 }
const server = await createTestMapae(config)
const broken = await createTestMapae({ ...config, audience: `https://${'a'.repeat(1000)}.example` })
after(async () => {
  await server.close()
  await broken.close().catch(() => undefined)
})

const secrets: Secret[] = []
const refusals: string[] = []
const thrown: unknown[] = []
/** What was printed past the logger. */
const printed: string[] = []

function keep(name: string, value: string): void {
  secrets.push({ name, bytes: Buffer.from(value) })
}

/** A whole token, and each of its parts: any of them is more than may leak. */
function keepToken(name: string, token: string): void {
  keep(name, token)
  const [, payload, signature] = token.split('.')
  keep(`payload of ${name}`, payload!)
  keep(`signature of ${name}`, signature!)
  secrets.push({ name: `bytes of ${name}`, bytes: Buffer.from(signature!, 'base64url') })
}

function keepKey(name: string, key: Key): void {
  const jwk = exportJwk(key, { private: true })
  const secret = String(jwk['d'] ?? jwk['k'])
  secrets.push({ name, bytes: Buffer.from(secret, 'base64url') })
  keep(`JWK of ${name}`, secret)
}

async function call(
  method: string,
  path: string,
  json?: unknown,
  headers: Record<string, string> = {},
): Promise<TestAnswer> {
  const cookie = `other=${typed.foreignCookie}${headers['Cookie'] ? `; ${headers['Cookie']}` : ''}`
  const answer = await server.call(method, path, json, { ...headers, Cookie: cookie })
  const { status, body } = answer
  if (status >= 400) refusals.push(JSON.stringify([body, [...answer.headers]]))
  for (const kind of ['access_token', 'refresh_token']) {
    if (body?.[kind] !== undefined) keepToken(kind, body[kind])
  }
  for (const set of answer.headers.getSetCookie()) {
    const token = /=([^;]+)/.exec(set)?.[1]
    if (token?.startsWith('eyJ')) keepToken('cookie', token)
  }
  return answer
}

const cookieHeader = (answer: TestAnswer) => ({
  Cookie: answer.headers.getSetCookie()[0]!.split(';')[0]!,
})

before(async () => {
  const original = { ...console }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    console[method] = (...all: unknown[]) => void printed.push(inspect(all, { depth: 9 }))
  }
  try {
    await everyFlow()
    await everyPage()
    await everyFault()
  } finally {
    Object.assign(console, original)
  }
  for (const [name, value] of Object.entries(typed)) keep(name, value)
  secrets.push({ name: 'master key', bytes: masterKey })
  keepKey('access token key', server.mapae.signingKeys.accessToken.signing)
  keepKey('refresh token key', server.mapae.signingKeys.refreshToken.signing)
})

async function everyFlow(): Promise<void> {
  const { password, newPassword, wrongPassword, passwordAsName } = typed
  const credentials = { username: 'mina', password }
  const signedUp = (await call('POST', '/v1/signup', { ...credentials, email: 'm@example.com' }))
    .body
  const bearer = server.bearer(signedUp.access_token)
  await call('POST', '/v1/signup', credentials)
  await call('POST', '/v1/signup', { username: passwordAsName, password: passwordAsName })
  await call('POST', '/v1/login', { username: passwordAsName, password: wrongPassword })
  await call('POST', '/v1/login', { username: 'mina', password: wrongPassword })
  await call('POST', '/v1/login', { username: 'mina', password, transport: wrongPassword })
  await call('POST', '/v1/login', { username: 'mina', password: [password] })
  await call('POST', '/v1/login', credentials)
  await call('GET', '/v1/me', undefined, bearer)
  await call('GET', `/v1/me?access_token=${signedUp.access_token}`)
  await call('GET', `/${signedUp.access_token}`)
  await call('GET', '/v1/sessions', undefined, bearer)
  await call('DELETE', `/v1/sessions/${signedUp.refresh_token}`, undefined, bearer)
  await call('GET', '/v1/me', undefined, { Authorization: `Basic ${signedUp.access_token}` })
  await call('GET', '/v1/me', undefined, { Authorization: `Bearer ${signedUp.access_token} x` })
  await call('GET', '/v1/me', undefined, server.bearer(signedUp.access_token.slice(0, -4)))
  await call('GET', '/v1/me', undefined, server.bearer(signedUp.refresh_token))

  const key = { 'Idempotency-Key': typed.idempotencyKey }
  const spent = { refresh_token: signedUp.refresh_token }
  const refreshed = (await call('POST', '/v1/refresh', spent, key)).body
  await call('POST', '/v1/refresh', spent, key)
  await call('POST', '/v1/refresh', spent, { 'Idempotency-Key': `${typed.idempotencyKey} x` })
  await call('POST', '/v1/refresh', { refresh_token: signedUp.access_token })
  await call('POST', '/v1/refresh', { refresh_token: refreshed.refresh_token })
  server.clock.advance(20)
  await call('POST', '/v1/refresh', spent)

  const cookies = await call('POST', '/v1/login', { ...credentials, transport: 'cookie' })
  const foreign = { ...cookieHeader(cookies), Origin: 'https://evil.example' }
  await call('POST', '/v1/refresh', undefined, foreign)
  const renewed = await call('POST', '/v1/refresh', undefined, cookieHeader(cookies))
  await call('POST', '/v1/logout', undefined, cookieHeader(renewed))
  await call('POST', '/v1/refresh', undefined, cookieHeader(renewed))

  const again = server.bearer((await call('POST', '/v1/login', credentials)).body.access_token)
  const change = { current_password: wrongPassword, new_password: newPassword }
  await call('POST', '/v1/password', change, again)
  await call('POST', '/v1/password', { ...change, new_password: 'mina' }, again)
  await call('POST', '/v1/password', { ...change, current_password: password }, again)
  await call('POST', '/v1/logout', { everywhere: true }, again)
  for (let attempt = 0; attempt < 4; attempt++) {
    await call('POST', '/v1/login', { username: 'mina', password: wrongPassword })
  }
}

/** What browsers hold, and what is typed into pages. */
async function everyPage(): Promise<void> {
  const { password, newPassword, wrongPassword, passwordAsName } = typed
  const browser = createPageDriver(server, 'ko', '192.0.2.200')
  const keepHeld = () => {
    for (const [name, value] of browser.cookies) keep(`${name} of a browser`, value)
  }
  await browser.submit('/sign-up', { username: 'on a page', password })
  keepHeld()
  keep('form token', formToken(await browser.get('/account')))
  await browser.submit('/account/password', {
    current_password: wrongPassword,
    new_password: newPassword,
  })
  await browser.submit('/account/password', {
    current_password: password,
    new_password: newPassword,
  })
  await browser.submit('/sign-out', {})
  await browser.submit('/sign-in', { username: passwordAsName, password: wrongPassword })
  await browser.submit('/sign-in', { username: 'on a page', password: newPassword })
  keepHeld()
  await browser.get(`/sign-in?request=${browser.cookies.get('__Host-mapae_bs')}`)
  await browser.post('/sign-out', { form_token: wrongPassword })
  await browser.submit('/account', { everywhere: 'yes' })
}

/** Faults of the server itself: they log their causes. */
async function everyFault(): Promise<void> {
  const { password } = typed
  await broken.call('POST', '/v1/signup', { username: 'mina', password })
  await broken.mapae.stores.close()
  for (const path of ['/v1/login', '/v1/signup']) {
    await broken.call('POST', path, { username: typed.passwordAsName, password })
  }
  const otherKey = { ...server.config, masterKey: randomBytes(32) }
  await createMapae(otherKey, server.surroundings).catch((error: unknown) => thrown.push(error))
  const session = { username: 'mina', password, email: null, ipAddress: null }
  await server.mapae.accounts.create(session).catch((error: unknown) => thrown.push(error))
}

test('there was something to find, and places to look at', () => {
  assert.ok(secrets.length > 40, `${secrets.length} secrets`)
  assert.ok(refusals.length > 15, `${refusals.length} refusals`)
  assert.equal(thrown.length, 2)
  for (const message of ['answered', 'refused', 'failed']) {
    assert.ok(log.includes(`"msg":"${message}"`), message)
  }
})

test('no secret is in the log', () => assert.deepEqual(createSecretSearch(secrets)(log), []))

test('no secret was printed past the log', () =>
  assert.deepEqual(createSecretSearch(secrets)(printed.join('\n')), []))

test('no secret is in an error, public or private', () => {
  const find = createSecretSearch(secrets)
  assert.deepEqual(find(refusals.join('\n')), [])
  assert.deepEqual(find(thrown.map((error) => inspect(error, { depth: 9 })).join('\n')), [])
})

test('no secret is in the events or anywhere else in the database', () => {
  const find = createSecretSearch(secrets)
  const rows = openDatabaseRows(server.config.databaseUrl)
  const { events, ...others } = rows.read()
  rows.close()
  assert.ok(events.length > 15, `${events.length} events`)
  assert.deepEqual(find(JSON.stringify(events)), [])
  assert.deepEqual(find(JSON.stringify(others)), [])
})

test('no secret is in the files of the database, deleted rows and all', () => {
  const find = createSecretSearch(secrets)
  const folder = dirname(server.config.databaseUrl.replace(/^sqlite:/, ''))
  const files = readdirSync(folder)
  assert.ok(files.length > 0)
  for (const file of files) {
    assert.deepEqual(find(readFileSync(join(folder, file), 'latin1')), [], file)
  }
})

test('every secret is found in every spelling when it is put there on purpose', () => {
  const find = createSecretSearch(secrets)
  for (const { name, bytes } of secrets) {
    const buffer = Buffer.from(bytes)
    const spellings = [
      buffer.toString('hex'),
      buffer.toString('hex').toUpperCase(),
      buffer.toString('base64'),
      buffer.toString('base64url'),
      Buffer.concat([Buffer.from('user:'), buffer, Buffer.from('!')]).toString('base64'),
    ]
    for (const spelling of spellings) {
      const length = log.length
      logger.debug({ note: `seen ${spelling} here` }, 'injected')
      const line = log.slice(length)
      log = log.slice(0, length)
      assert.ok(
        find(line).some(({ secret }) => secret === name),
        `${name} as ${spelling}`,
      )
    }
  }
  const asText = `{"header":"Bearer ${Buffer.from(secrets[0]!.bytes).toString()}"}`
  assert.ok(find(asText).some(({ spelling }) => spelling === 'text'))
})

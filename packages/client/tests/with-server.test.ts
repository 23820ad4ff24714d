import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createTestMapae, ISSUER, PASSWORD } from '../../server/tests/test-mapae.ts'
import { createClient, type MapaeClient } from '../src/client.ts'
import { cookie } from '../src/cookie.ts'
import { localStorageThatEveryScriptCanRead } from '../src/local-storage.ts'
import { memory } from '../src/memory.ts'
import { native } from '../src/native.ts'
import { server as serverStore } from '../src/server.ts'
import type { StoreFactory } from '../src/store.ts'
import { realWorld, type World } from '../src/world.ts'

const API = 'https://api.example.com'
const server = await createTestMapae()
after(() => server.close())
let signedUp = 0

interface Call {
  readonly path: string
  readonly authorization: string | null
}

/** A program with the real server, and an API that answers as told. */
function start(store: StoreFactory, changes: Partial<World> = {}) {
  const calls: Call[] = []
  const api = { answer: (): Response => new Response('{}') }
  const world: World = {
    ...realWorld(),
    now: () => server.clock.milliseconds(),
    async fetch(input, init) {
      const request = new Request(input, init)
      const { origin, pathname } = new URL(request.url)
      calls.push({ path: pathname, authorization: request.headers.get('authorization') })
      return origin === ISSUER ? server.mapae.fetch(request) : api.answer()
    },
    ...changes,
  }
  const options = { issuer: ISSUER, clientId: 'web', apis: [API, `${ISSUER}/v1/me`], store }
  return {
    mapae: createClient(options, world),
    api,
    calls,
    pathsOf: () => calls.map(({ path }) => path),
  }
}

async function signIn(mapae: MapaeClient): Promise<string> {
  const username = `user${(signedUp += 1)}`
  await server.signUp(username)
  await mapae.signIn({ username, password: PASSWORD })
  return username
}

const invalidToken = () =>
  new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })

test('a program signs in, calls, renews and signs out', async () => {
  const { mapae } = start(memory())
  await assert.rejects(mapae.getToken(), { code: 'signed_out' })
  const username = await signIn(mapae)
  const first = await mapae.getToken()
  const answer = await mapae.fetch(`${ISSUER}/v1/me`)
  assert.equal(((await answer.json()) as any).username, username)
  assert.equal(mapae.current.user?.username, username)
  server.clock.advance(595)
  const second = await mapae.getToken()
  assert.notEqual(second, first)
  assert.equal(await mapae.getToken(), second)
  await mapae.signOut()
  assert.equal(mapae.current.state, 'signedOut')
  await assert.rejects(mapae.getToken(), { code: 'signed_out' })
})

test('what the server refuses at sign-in is told with its code', async () => {
  const { mapae } = start(memory())
  await assert.rejects(mapae.signIn({ username: 'nobody', password: 'wrong-password' }), {
    name: 'MapaeError',
    code: 'invalid_credentials',
    message: 'The user name or the password is wrong.',
  })
  assert.equal(mapae.current.state, 'loading')
})

test('a token that the API calls invalid is renewed, and the request sent once more, once', async () => {
  const { mapae, api, calls, pathsOf } = start(memory())
  await signIn(mapae)
  const used = await mapae.getToken()
  server.clock.advance(30)
  calls.length = 0
  api.answer = invalidToken
  const answer = await mapae.fetch(`${API}/orders`, { method: 'POST', body: 'two horses' })
  assert.equal(answer.status, 401)
  assert.deepEqual(pathsOf(), ['/orders', '/v1/refresh', '/orders'])
  assert.equal(calls[0]!.authorization, `Bearer ${used}`)
  assert.notEqual(calls[2]!.authorization, `Bearer ${used}`)
  // The new token is refused too: no third attempt, and no renewal for each call.
  await mapae.fetch(`${API}/orders`)
  assert.deepEqual(pathsOf().slice(3), ['/orders'])
})

test('a 401 that does not speak of the token renews nothing', async () => {
  const { mapae, api, pathsOf } = start(memory())
  await signIn(mapae)
  server.clock.advance(30)
  for (const challenge of ['Bearer', 'Basic realm="x"', 'Bearer error="insufficient_scope"', '']) {
    api.answer = () => new Response('', { status: 401, headers: { 'www-authenticate': challenge } })
    assert.equal((await mapae.fetch(`${API}/a`)).status, 401)
  }
  assert.ok(!pathsOf().includes('/v1/refresh'))
})

test('only the listed APIs get the token', async () => {
  const { mapae, calls } = start(memory())
  await signIn(mapae)
  calls.length = 0
  for (const url of [
    'https://api.example.com.evil.example/a',
    'https://evil.example/https://api.example.com',
    'http://api.example.com/a',
    'https://api.example.com:8443/a',
    `${ISSUER}/v1/meadow`,
    `${ISSUER}/v1/sessions`,
  ]) {
    await assert.rejects(mapae.fetch(url), { code: 'api_not_listed' }, url)
  }
  assert.deepEqual(calls, [])
  for (const url of [API, `${API}/`, `${API}/a?b#c`, `${API}?a`, `${ISSUER}/v1/me`]) {
    assert.equal((await mapae.fetch(url)).status, 200, url)
  }
})

test('addresses that are not https are refused, but on this machine', () => {
  const at = (issuer: string) => () =>
    createClient({ issuer, clientId: 'web', store: memory() }, realWorld())
  for (const issuer of [
    'http://auth.example.com',
    'http://localhost.example.com',
    'http://localhost:a@b.c',
    'ftp://a.b',
  ]) {
    assert.throws(at(issuer), { code: 'insecure_url' }, issuer)
  }
  for (const issuer of ['http://localhost:4400', 'http://127.0.0.1:4400', 'http://[::1]:4400']) {
    at(issuer)()
  }
})

test('signing out during a renewal wins', async () => {
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const { mapae } = start(memory(), {
    async fetch(input, init) {
      const answer = await server.mapae.fetch(new Request(input, init))
      if ((input as string).endsWith('/v1/refresh')) await held
      return answer
    },
  })
  await signIn(mapae)
  server.clock.advance(601)
  const got = mapae.getToken()
  const refused = assert.rejects(got, { code: 'signed_out' })
  await mapae.signOut()
  release()
  await refused
  assert.equal(mapae.current.state, 'signedOut')
})

test('signing out forgets the tokens although the server cannot be told, and says so', async () => {
  let isOnline = true
  const { mapae } = start(memory(), {
    async fetch(input, init) {
      if (!isOnline) throw new TypeError('no network')
      return server.mapae.fetch(new Request(input, init))
    },
  })
  await signIn(mapae)
  isOnline = false
  await assert.rejects(mapae.signOut({ everywhere: true }), { code: 'unavailable' })
  assert.equal(mapae.current.state, 'signedOut')
})

test('with a cookie, a sign-out that could not be told can be told again', async () => {
  const paths: string[] = []
  let isOnline = true
  const { mapae } = start(cookie(), {
    async fetch(input, init) {
      if (!isOnline) throw new TypeError('no network')
      const request = new Request(input, init)
      paths.push(new URL(request.url).pathname)
      return server.mapae.fetch(request)
    },
  })
  await signIn(mapae)
  isOnline = false
  await assert.rejects(mapae.signOut(), { code: 'unavailable' })
  isOnline = true
  paths.length = 0
  await mapae.signOut()
  assert.deepEqual(paths, ['/v1/logout'])
})

test('signing out everywhere ends the other devices too', async () => {
  const { mapae } = start(memory())
  const username = await signIn(mapae)
  const other = start(memory())
  await other.mapae.signIn({ username, password: PASSWORD })
  await mapae.signOut({ everywhere: true })
  server.clock.advance(601)
  await assert.rejects(other.mapae.getToken(), { code: 'signed_out' })
})

test('an answer that is no token response is no reason to sign out', async () => {
  const portal = { status: 200, body: '<html>Accept our terms</html>' }
  const { mapae } = start(memory(), {
    fetch: async (input, init) =>
      (input as string).endsWith('/v1/refresh')
        ? new Response(portal.body, { status: portal.status })
        : server.mapae.fetch(new Request(input, init)),
  })
  await signIn(mapae)
  server.clock.advance(601)
  for (const status of [200, 302, 400, 403, 429, 500, 503]) {
    portal.status = status
    await assert.rejects(mapae.getToken(), { code: 'unavailable' })
  }
})

/** As `expo-secure-store`: small values, names of few characters. */
function secureStore() {
  const values = new Map<string, string>()
  const checked = (key: string): string => {
    assert.match(key, /^[\w.-]+$/)
    return key
  }
  return {
    values,
    isBroken: false,
    getItemAsync: async (key: string) => values.get(checked(key)) ?? null,
    async setItemAsync(key: string, value: string) {
      if (this.isBroken) throw new Error('full')
      assert.ok(Buffer.byteLength(value) <= 2048)
      values.set(checked(key), value)
    },
    deleteItemAsync: async (key: string) => void values.delete(checked(key)),
  }
}

test('on a device the sign-in survives restarts, in small values', async () => {
  const device = secureStore()
  const first = start(native(device))
  const username = await signIn(first.mapae)
  const restarted = start(native(device))
  assert.equal(await restarted.mapae.getToken(), await first.mapae.getToken())
  assert.deepEqual(restarted.pathsOf(), [], 'a token that is valid is not renewed at each start')
  server.clock.advance(601)
  await restarted.mapae.getToken()
  const third = start(native(device))
  await third.mapae.getToken()
  third.mapae.subscribe(() => {})
  await new Promise(setImmediate)
  assert.equal(third.mapae.current.user?.username, username)
  third.mapae.close()
  await third.mapae.signOut()
  assert.deepEqual([...device.values], [])
})

test('a copy of the secure store that is used elsewhere signs both out, and the operator sees it', async () => {
  const device = secureStore()
  await signIn(start(native(device)).mapae)
  const copy = secureStore()
  for (const [key, value] of device.values) copy.values.set(key, value)
  const owner = start(native(device)).mapae
  const thief = start(native(copy)).mapae
  server.clock.advance(601)
  await thief.getToken()
  server.clock.advance(60)
  // The same attempt key: this could be the owner whose answer was lost.
  await owner.getToken()
  server.clock.advance(601)
  await thief.getToken()
  server.clock.advance(60)
  // Each has made a key of its own for the token that both hold.
  await assert.rejects(owner.getToken(), { code: 'signed_out' })
  server.clock.advance(601)
  await assert.rejects(thief.getToken(), { code: 'signed_out' })
  const events = await server.mapae.stores.events.newest(10)
  assert.ok(events.some(({ name }) => name === 'token.reuse_detected'))
})

test('a large access token stays out of the secure store', async () => {
  const device = secureStore()
  const { mapae } = start(native(device), {
    async fetch(input, init) {
      const answer = await server.mapae.fetch(new Request(input, init))
      const body = (await answer.json()) as { access_token?: string }
      const large = { ...body, access_token: `${body.access_token}${'x'.repeat(1500)}` }
      return Response.json(large, { status: answer.status })
    },
  })
  await signIn(mapae)
  const [value] = device.values.values()
  assert.ok(value!.includes('refreshToken') && !value!.includes('accessToken'))
  assert.ok((await mapae.getToken()).endsWith('xxx'))
})

test('a new token that could not be stored does not count: the old one is exchanged again', async () => {
  const device = secureStore()
  const { mapae } = start(native(device))
  await signIn(mapae)
  server.clock.advance(601)
  device.isBroken = true
  await assert.rejects(mapae.getToken(), { code: 'unavailable' })
  server.clock.advance(3600)
  device.isBroken = false
  const restarted = start(native(device))
  await restarted.mapae.getToken()
  server.clock.advance(601)
  await restarted.mapae.getToken()
})

test('a server app renews only where it can set the cookie', async () => {
  let value: string | undefined
  const writable = () =>
    start(serverStore({ get: () => value, set: (next) => (value = next) })).mapae
  const readOnly = () => start(serverStore({ get: () => value })).mapae
  await signIn(writable())
  const before = value
  assert.match(value!, /^[\w%.~-]+$/, 'fit for a cookie')
  assert.ok(value!.length < 4096)
  const token = await readOnly().getToken()
  server.clock.advance(601)
  await assert.rejects(readOnly().getToken(), { code: 'unavailable' })
  assert.equal(value, before)
  assert.notEqual(await writable().getToken(), token)
  assert.notEqual(value, before)
  await writable().signOut()
  assert.equal(value, '')
  value = '{"id":'
  await assert.rejects(readOnly().getToken(), { code: 'signed_out' })
})

test('localStorage is a choice with a name of its own, and only where there is one', async () => {
  const store = localStorageThatEveryScriptCanRead()
  assert.throws(() => start(store, { localStorage: null }), /not available/)
  const values = new Map<string, string>()
  const localStorage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
  const { mapae } = start(store, { localStorage })
  await signIn(mapae)
  server.clock.advance(601)
  await mapae.getToken()
  const other = start(store, { localStorage })
  await other.mapae.getToken()
  await mapae.signOut()
  assert.equal(values.size, 0)
  // Each listens to the other, and a program with an open channel does not end.
  mapae.close()
  other.mapae.close()
})

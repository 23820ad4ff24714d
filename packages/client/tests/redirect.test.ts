import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'

import { claimsOf, createOAuthWorld, REDIRECT_URI } from '../../server/tests/oauth/relying-party.ts'
import { AUDIENCE, ISSUER } from '../../server/tests/test-mapae.ts'
import { createClient } from '../src/client.ts'
import { cookie } from '../src/cookie.ts'
import { memory } from '../src/memory.ts'
import { native } from '../src/native.ts'
import type { StoreFactory } from '../src/store.ts'
import { realWorld, type PageAddress, type World } from '../src/world.ts'

const server = await createOAuthWorld()
after(() => server.close())
await server.signUp('mina')
await server.createClient('app')
await server.createClient('pages', { transport: 'cookie' })
const { id: userId } = (await server.mapae.stores.users.findByUsernameKey('mina'))!
beforeEach(() => server.signIn(userId))

function start(store: StoreFactory, page?: PageAddress, clientId = 'app') {
  const requests: Request[] = []
  const network = { isGone: false }
  /** As a browser keeps it, for requests that ask for it. */
  let kept = ''
  const world: World = {
    ...realWorld(),
    page,
    now: () => server.clock.milliseconds(),
    async fetch(input, init) {
      const request = new Request(input, init)
      requests.push(request)
      const { origin } = new URL(request.url)
      if (network.isGone) throw new TypeError('no network')
      if (origin !== ISSUER) return new Response('{}')
      if (kept && init?.credentials === 'include') request.headers.set('cookie', kept)
      const response = await server.mapae.fetch(request)
      const [set] = response.headers.getSetCookie()
      if (set) kept = set.includes('Max-Age=0') ? '' : set.split(';')[0]!
      return response
    },
  }
  const mapae = createClient({ issuer: ISSUER, clientId, apis: [AUDIENCE], store }, world)
  return { mapae, requests, network, dropCookie: () => void (kept = '') }
}

/** What a browser of a device does: goes there and comes back. */
async function open(url: string): Promise<string> {
  const response = await server.mapae.fetch(new Request(url, { redirect: 'manual' }))
  assert.equal(response.status, 303)
  return response.headers.get('location')!
}

/** A page that leaves and comes back; its tab remembers. */
function tab(from: string) {
  let href = from
  const values = new Map<string, string>()
  const went: string[] = []
  const page: PageAddress = {
    href: () => href,
    go: (url) => void went.push(url),
    replace: (url) => (href = url),
    session: {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    },
  }
  return { page, went, values, comeBack: (url: string) => (href = url) }
}

const signIn = { redirectUri: REDIRECT_URI, open }

test('an app signs in through the browser of the device, and renews at the token endpoint', async () => {
  const { mapae, requests } = start(memory())
  await mapae.signIn(signIn)
  assert.equal(mapae.current.user?.username, 'mina')
  assert.equal(mapae.current.user.id, userId)
  const first = await mapae.getToken()
  server.clock.advance(601)
  const second = await mapae.getToken()
  assert.notEqual(second, first)
  const renewal = requests.at(-1)!
  assert.equal(renewal.url, `${ISSUER}/oauth/token`)
  assert.ok(renewal.headers.get('idempotency-key')!.length >= 32)
  assert.equal((await mapae.fetch(`${AUDIENCE}/orders`)).status, 200)
  assert.equal(requests.at(-1)!.headers.get('authorization'), `Bearer ${second}`)
})

test('answers lost at the token endpoint, a restart and a day later: still signed in', async () => {
  const values = new Map<string, string>()
  const device = {
    getItemAsync: async (key: string) => values.get(key) ?? null,
    setItemAsync: async (key: string, value: string) => void values.set(key, value),
    deleteItemAsync: async (key: string) => void values.delete(key),
  }
  await start(native(device)).mapae.signIn(signIn)
  server.clock.advance(601)
  const { refreshToken, attemptKey } = JSON.parse([...values.values()][0]!)
  const lost = await server.token(
    { grant_type: 'refresh_token', client_id: 'app', refresh_token: refreshToken },
    { 'idempotency-key': attemptKey },
  )
  assert.equal(lost.status, 200)
  server.clock.advance(86_400)
  await start(native(device)).mapae.getToken()
  server.clock.advance(601)
  await start(native(device)).mapae.getToken()
})

test('a page goes to the server and comes back to where it was, signed in', async () => {
  const { page, went, values, comeBack } = tab('https://app.example.com/orders?page=2#last')
  const { mapae } = start(memory(), page)
  void mapae.signIn({ redirectUri: REDIRECT_URI, parameters: { prompt: 'login' } })
  while (went.length === 0) await new Promise(setImmediate)
  const asked = new URL(went[0]!)
  assert.equal(asked.searchParams.get('prompt'), 'login')
  assert.equal(asked.searchParams.get('code_challenge_method'), 'S256')
  assert.ok(!went[0]!.includes(JSON.parse([...values.values()][0]!).verifier))
  asked.searchParams.delete('prompt')
  const returned = await open(asked.href)
  comeBack(returned)
  const reloaded = start(memory(), page)
  const states: string[] = []
  reloaded.mapae.subscribe(({ state }) => states.push(state))
  await reloaded.mapae.getToken()
  assert.equal(page.href(), 'https://app.example.com/orders?page=2#last')
  assert.equal(values.size, 0)
  while (!states.includes('signedIn')) await new Promise(setImmediate)
  reloaded.mapae.close()
  // The code is no use to whoever finds the address in a log.
  comeBack(returned)
  await assert.rejects(start(memory(), page).mapae.getToken(), { code: 'signed_out' })
})

test('a sign-in that failed is told with its reason', async () => {
  const { page, went, comeBack } = tab('https://app.example.com/')
  void start(memory(), page).mapae.signIn({ redirectUri: REDIRECT_URI })
  while (went.length === 0) await new Promise(setImmediate)
  const state = new URL(went[0]!).searchParams.get('state')!
  comeBack(`${REDIRECT_URI}?error=access_denied&state=${state}&iss=${encodeURIComponent(ISSUER)}`)
  const { mapae } = start(memory(), page)
  await assert.rejects(mapae.getToken(), { code: 'signed_out' })
  mapae.subscribe(() => {})
  await new Promise(setImmediate)
  assert.equal(mapae.current.state, 'signedOut')
  assert.equal(mapae.current.error?.code, 'access_denied')
  mapae.close()
})

test('signing out gives the tokens up at the server', async () => {
  const values = new Map<string, string>()
  const device = {
    getItemAsync: async (key: string) => values.get(key) ?? null,
    setItemAsync: async (key: string, value: string) => void values.set(key, value),
    deleteItemAsync: async (key: string) => void values.delete(key),
  }
  const { mapae } = start(native(device))
  await mapae.signIn(signIn)
  const { refreshToken } = JSON.parse([...values.values()][0]!)
  await mapae.signOut()
  assert.equal(values.size, 0)
  const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: refreshToken }
  assert.equal((await server.token(form)).body.error, 'invalid_grant')
})

test('signing out of the server too goes where it does that', async () => {
  const { page, went } = tab('https://app.example.com/')
  const { mapae } = start(memory(), page)
  await mapae.signIn(signIn)
  await mapae.signOut({ redirectTo: 'https://app.example.com/bye' })
  const { origin, pathname, searchParams } = new URL(went[0]!)
  assert.equal(origin + pathname, `${ISSUER}/oauth/logout`)
  assert.equal(searchParams.get('post_logout_redirect_uri'), 'https://app.example.com/bye')
  assert.equal(claimsOf(searchParams.get('id_token_hint')!).sub, userId)
})

const WRONG_ANSWERS = [
  { name: 'of another state', change: { state: 'other' }, code: 'state_mismatch' },
  { name: 'without a state', change: { state: null }, code: 'state_mismatch' },
  { name: 'of another issuer', change: { iss: 'https://evil.example' }, code: 'issuer_mismatch' },
  { name: 'without an issuer', change: { iss: null }, code: 'issuer_mismatch' },
  { name: 'with a made-up code', change: { code: 'made-up' }, code: 'invalid_grant' },
] as const

for (const { name, change, code } of WRONG_ANSWERS) {
  test(`an answer ${name} is refused`, async () => {
    const { mapae } = start(memory())
    const tampering = async (url: string): Promise<string> => {
      const answer = new URL(await open(url))
      for (const [key, value] of Object.entries(change)) {
        if (value === null) answer.searchParams.delete(key)
        else answer.searchParams.set(key, value)
      }
      return answer.href
    }
    await assert.rejects(mapae.signIn({ ...signIn, open: tampering }), { code })
    await assert.rejects(mapae.getToken(), { code: 'signed_out' })
  })
}

test('with the cookie no token and no key is sent, and signing out takes it away', async () => {
  const { mapae, requests } = start(cookie(), undefined, 'pages')
  await mapae.signIn(signIn)
  const first = await mapae.getToken()
  server.clock.advance(601)
  assert.notEqual(await mapae.getToken(), first)
  const renewal = requests.at(-1)!
  assert.equal(renewal.url, `${ISSUER}/oauth/token`)
  assert.equal(renewal.headers.get('idempotency-key'), null)
  const renewed = renewal.headers.get('cookie')!
  await mapae.signOut()
  const form = { grant_type: 'refresh_token', client_id: 'pages' }
  assert.equal((await server.token(form, { cookie: renewed })).body.error, 'invalid_grant')
})

test('a cookie that expired signs out here, and nothing is left to sign out of there', async () => {
  const { mapae, dropCookie } = start(cookie(), undefined, 'pages')
  await mapae.signIn(signIn)
  dropCookie()
  server.clock.advance(601)
  await assert.rejects(mapae.getToken(), { code: 'signed_out' })
  await mapae.signIn(signIn)
  dropCookie()
  await mapae.signOut()
})

test('signing out that could not be told to the server is told when it is tried again', async () => {
  const { mapae, requests, network } = start(cookie(), undefined, 'pages')
  await mapae.signIn(signIn)
  network.isGone = true
  await assert.rejects(mapae.signOut(), { code: 'unavailable' })
  await assert.rejects(mapae.getToken(), { code: 'signed_out' })
  network.isGone = false
  await mapae.signOut()
  const told = requests.at(-1)!
  assert.equal(told.url, `${ISSUER}/oauth/revoke`)
  const form = { grant_type: 'refresh_token', client_id: 'pages' }
  const refused = await server.token(form, { cookie: told.headers.get('cookie')! })
  assert.equal(refused.body.error, 'invalid_grant')
})

test('a client whose refresh tokens travel in bodies is told, and has no session then', async () => {
  const sessionsOpen = async () => {
    const { sessions } = server.mapae.stores
    return (await sessions.listOpenOfUser(userId, server.clock.seconds())).length
  }
  const before = await sessionsOpen()
  await assert.rejects(start(cookie()).mapae.signIn(signIn), { code: 'cookie_transport_required' })
  assert.equal(await sessionsOpen(), before)
})

test('a page is needed to leave it', async () => {
  await assert.rejects(start(memory()).mapae.signIn({ redirectUri: REDIRECT_URI }), {
    code: 'no_page',
  })
})

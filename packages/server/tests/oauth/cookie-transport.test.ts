import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { PASSWORD } from '../test-mapae.ts'
import { claimsOf, createOAuthWorld, type FormAnswer, type OAuthWorld } from './relying-party.ts'

const IDLE_SECONDS = 30 * 86_400
const SPA = 'https://spa.example.com'
const OTHER = 'https://other.example.com'
const REFRESH = { grant_type: 'refresh_token', client_id: 'spa' }

let world: OAuthWorld

before(async () => {
  world = await createOAuthWorld()
  await world.signUp('mina')
  world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)
  await world.createClient('spa', { transport: 'cookie', webOrigins: [SPA] })
  await world.createClient('other', { transport: 'cookie', webOrigins: [OTHER] })
})
after(() => world.close())

/** The cookie of an answer as `name=value`; fails unless all of it is as it must be. */
function cookieOf({ headers, body }: FormAnswer): string {
  const [cookie, ...others] = headers.getSetCookie()
  assert.equal(others.length, 0)
  const [pair = '', ...attributes] = cookie!.split('; ')
  assert.match(pair, /^__Host-mapae_rt_[\w-]{22}=ey/)
  assert.deepEqual(attributes, [
    `Max-Age=${IDLE_SECONDS}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    'Secure',
  ])
  assert.equal(body.refresh_token, undefined)
  assert.ok(!JSON.stringify(body).includes(pair.split('=')[1]!))
  return pair
}

async function signIn(clientId = 'spa'): Promise<string> {
  const answer = await world.exchange(clientId, await world.code(clientId))
  assert.equal(answer.status, 200, answer.text)
  return cookieOf(answer)
}

function send(path: string, form: Record<string, string>, headers: Record<string, string>) {
  return world.send('POST', path, Object.entries(form), headers)
}

const refresh = (Cookie: string, more: Record<string, string> = {}) =>
  send('/oauth/token', REFRESH, { Cookie, ...more })

test('a code gives no refresh token but a cookie, and the cookie the next tokens', async () => {
  const first = await signIn()
  const answer = await refresh(`theme=dark; ${first}; ${first.split('=')[0]}_old=x`)
  assert.equal(answer.status, 200)
  const second = cookieOf(answer)
  assert.notEqual(second, first)
  assert.equal(claimsOf(answer.body.access_token).client_id, 'spa')
  // The same rules: within the grace it was a race, later a copy.
  assert.equal(cookieOf(await refresh(first)), second)
  const third = cookieOf(await refresh(second))
  world.clock.advance(60)
  assert.equal((await refresh(first)).body.error, 'invalid_grant')
  assert.equal((await refresh(third)).body.error, 'invalid_grant')
})

test('with an attempt key the same attempt gets the same answer, a day later too', async () => {
  const first = await signIn()
  const key = { 'Idempotency-Key': 'attempt-1-of-the-page' }
  const second = cookieOf(await refresh(first, key))
  world.clock.advance(86_400)
  const again = await refresh(first, key)
  assert.equal(again.status, 200)
  const generation = (cookie: string) => claimsOf(cookie.split('=')[1]!).gen
  assert.equal(generation(again.headers.getSetCookie()[0]!.split(';')[0]!), generation(second))
  const copied = await refresh(first, { 'Idempotency-Key': 'somebody-elses-attempt' })
  assert.equal(copied.body.error, 'invalid_grant')
})

test('two applications and the first party keep their cookies apart', async () => {
  const ofSpa = await signIn('spa')
  const ofOther = await signIn('other')
  const credentials = { username: 'mina', password: PASSWORD, transport: 'cookie' }
  const login = await world.call('POST', '/v1/login', credentials)
  const own = login.headers.getSetCookie()[0]!.split(';')[0]!
  const names = [ofSpa, ofOther, own].map((cookie) => cookie.split('=')[0])
  assert.equal(new Set(names).size, 3)
  const Cookie = [ofSpa, ofOther, own].join('; ')
  for (const id of ['spa', 'other']) {
    const answer = await send('/oauth/token', { ...REFRESH, client_id: id }, { Cookie })
    assert.equal(claimsOf(answer.body.access_token).client_id, id)
  }
  const refreshed = await world.call('POST', '/v1/refresh', undefined, { Cookie })
  assert.equal(refreshed.status, 200)
})

test('a page of a web origin of the client may use its cookie and read the answer', async () => {
  const Cookie = await signIn()
  const page = { Cookie, Origin: SPA, 'Sec-Fetch-Site': 'same-site' }
  const answer = await send('/oauth/token', REFRESH, page)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), SPA)
  assert.equal(answer.headers.get('access-control-allow-credentials'), 'true')
  const foreign = await send('/oauth/token', REFRESH, { ...page, Origin: OTHER })
  assert.deepEqual([foreign.status, foreign.body.error], [403, 'origin_not_allowed'])
  assert.equal(foreign.headers.getSetCookie().length, 0)
  const nobody = await send('/oauth/token', REFRESH, { ...page, Origin: 'https://evil.example' })
  assert.equal(nobody.status, 403)
  assert.equal(nobody.headers.get('access-control-allow-credentials'), null)
})

test('a refresh token in the body still counts, and its answer has the cookie', async () => {
  const token = (await signIn()).split('=')[1]!
  cookieOf(await send('/oauth/token', { ...REFRESH, refresh_token: token }, {}))
})

test('giving up without a token ends the session of the cookie and takes the cookie away', async () => {
  const Cookie = await signIn()
  const answer = await send('/oauth/revoke', { client_id: 'spa' }, { Cookie, Origin: SPA })
  assert.equal(answer.status, 200)
  const [cleared] = answer.headers.getSetCookie()
  assert.equal(
    cleared,
    `${Cookie.split('=')[0]}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure`,
  )
  assert.equal((await refresh(Cookie)).body.error, 'invalid_grant')
  const again = await send('/oauth/revoke', { client_id: 'spa' }, { Cookie })
  assert.equal(again.status, 200, 'it is over already')
})

test('a client that goes back to bodies has no cookie any more', async () => {
  await world.createClient('back', { transport: 'cookie', webOrigins: [SPA] })
  const Cookie = await signIn('back')
  await world.mapae.clients.update('back', { transport: 'body' })
  const form = { ...REFRESH, client_id: 'back' }
  assert.equal((await send('/oauth/token', form, { Cookie })).body.error, 'invalid_request')
  const inBody = { ...form, refresh_token: Cookie.split('=')[1]! }
  const answer = await send('/oauth/token', inBody, {})
  assert.equal(typeof answer.body.refresh_token, 'string')
  assert.equal(answer.headers.getSetCookie().length, 0)
})

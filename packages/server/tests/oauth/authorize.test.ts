import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { requestUriOf } from '../../src/oauth/authorize/waiting-requests.ts'
import { ISSUER } from '../test-mapae.ts'
import {
  claimsOf,
  codeIn,
  createOAuthWorld,
  locationOf,
  query,
  REDIRECT_URI,
  type FormAnswer,
  type OAuthWorld,
} from './relying-party.ts'

let world: OAuthWorld
let userId: string
let otherId: string

before(async () => {
  world = await createOAuthWorld()
  await world.signUp('mina')
  await world.signUp('jun')
  const idOf = async (name: string) => (await world.mapae.stores.users.findByUsernameKey(name))!.id
  userId = await idOf('mina')
  otherId = await idOf('jun')
  await world.createClient('trusted')
  await world.createClient('asks', { isTrusted: false })
  await world.createClient('native', {
    isTrusted: false,
    redirectUris: ['http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb'],
  })
  await world.createClient('pushes', { requiresPushedRequests: true })
})

after(() => world.close())

beforeEach(() => world.signIn(userId))

/** The page that the browser is sent to, and the request that waits there. */
function interactionOf(answer: FormAnswer): { page: string; id: string } {
  assert.equal(answer.status, 303, answer.text)
  const location = locationOf(answer)!
  assert.equal(location.origin, ISSUER)
  return { page: location.pathname, id: location.searchParams.get('request')! }
}

function errorOf(answer: FormAnswer): string | null {
  assert.equal(answer.status, 303, answer.text)
  const { searchParams } = locationOf(answer)!
  assert.equal(searchParams.get('iss'), ISSUER)
  return searchParams.get('error')
}

/** Signs in as the page does for the request that waits. */
async function signInFor(id: string, user: string): Promise<void> {
  world.signIn(user)
  await world.mapae.oauth.waitingRequests.noteSignIn(id, 'browser-session')
}

/** As the pages send the browser back. */
function goOn(clientId: string, id: string) {
  const parameters = new URLSearchParams({ client_id: clientId, request_uri: requestUriOf(id) })
  return world.send('GET', `/oauth/authorize?${parameters.toString()}`, null)
}

test('nobody is signed in: the sign-in page, then the answer to the request as it was', async () => {
  world.signOut()
  const { page, id } = interactionOf(await world.authorize('trusted', { nonce: 'n' }))
  assert.equal(page, '/sign-in')
  assert.equal(interactionOf(await goOn('trusted', id)).page, '/sign-in')
  world.signIn(userId)
  const location = locationOf(await goOn('trusted', id))!
  assert.equal(location.searchParams.get('state'), 'a-state')
  const code = location.searchParams.get('code')!
  assert.equal((await world.exchange('trusted', code)).status, 200)
  const again = await goOn('trusted', id)
  assert.deepEqual([again.status, again.headers.get('location')], [410, null])
})

test('a request waits for almost ten minutes, for its own client only', async () => {
  world.signOut()
  const { id } = interactionOf(await world.authorize('trusted'))
  world.signIn(userId)
  assert.equal((await goOn('asks', id)).status, 410)
  assert.equal((await goOn('trusted', 'x'.repeat(43))).status, 410)
  assert.equal((await goOn('trusted', "' OR 1=1 --")).status, 410)
  world.clock.advance(590)
  assert.equal((await goOn('trusted', id)).status, 410)
})

test('a user is asked once for what a client wants, and again when it wants more', async () => {
  const asked = await world.authorize('asks', { scope: 'openid' })
  assert.ok(locationOf(await world.consent(asked))!.searchParams.has('code'))
  assert.ok(await world.code('asks', { scope: 'openid' }))
  assert.equal(interactionOf(await world.authorize('asks')).page, '/consent')
  const claims = JSON.stringify({ id_token: { email: null } })
  const more = await world.authorize('asks', { scope: 'openid', claims })
  assert.equal(interactionOf(more).page, '/consent')
  const prompted = await world.authorize('asks', { scope: 'openid', prompt: 'consent' })
  assert.equal(interactionOf(prompted).page, '/consent')
})

test('who says no: the client is told, once', async () => {
  const { id } = interactionOf(await world.authorize('asks', { scope: 'email' }))
  assert.equal(await world.mapae.oauth.waitingRequests.deny(id), true)
  assert.equal(errorOf(await goOn('asks', id)), 'access_denied')
  assert.equal((await goOn('asks', id)).status, 410)
})

test('another program could stand in for a native app: its user is asked every time', async () => {
  const app = { redirect_uri: 'http://127.0.0.1:50123/cb', scope: 'openid' }
  const location = locationOf(await world.consent(await world.authorize('native', app)))!
  assert.equal(location.host, '127.0.0.1:50123')
  assert.ok(location.searchParams.has('code'))
  assert.equal(interactionOf(await world.authorize('native', app)).page, '/consent')
})

test('prompt=login and max_age: signed in before does not count, signed in for this does', async () => {
  for (const more of [
    { prompt: 'login' },
    { prompt: 'login select_account' },
    { max_age: '60', prompt: 'select_account' },
    { max_age: '60' },
  ]) {
    world.signIn(userId, (world.clock.seconds() - 61) as never)
    const { page, id } = interactionOf(await world.authorize('trusted', more))
    assert.equal(page, '/sign-in')
    assert.equal(interactionOf(await goOn('trusted', id)).page, '/sign-in')
    world.clock.advance(20)
    await signInFor(id, userId)
    const signedInAt = world.clock.seconds()
    world.clock.advance(61)
    const { body } = await world.exchange('trusted', codeIn(await goOn('trusted', id)))
    assert.equal(claimsOf(body.id_token).auth_time, signedInAt)
  }
  world.signIn(userId, (world.clock.seconds() - 60) as never)
  assert.ok(await world.code('trusted', { max_age: '60' }))
  assert.equal(interactionOf(await world.authorize('trusted', { max_age: '0' })).page, '/sign-in')
  // Signed in within this very second.
  world.signIn(userId)
  const { page, id } = interactionOf(await world.authorize('trusted', { max_age: '0' }))
  assert.equal(page, '/sign-in')
  await signInFor(id, userId)
  const { searchParams } = locationOf(await goOn('trusted', id))!
  const silently = await world.authorize('trusted', { max_age: '0', prompt: 'none' })
  assert.deepEqual([searchParams.has('code'), errorOf(silently)], [true, 'login_required'])
})

test('prompt=select_account: a choice counts for its request, its session and no password', async () => {
  const choose = (id: string, session: string) =>
    world.mapae.oauth.waitingRequests.noteChoice(id, session)
  world.signIn(userId)
  const asked = { prompt: 'select_account' }
  const { page, id } = interactionOf(await world.authorize('trusted', asked))
  const { id: other } = interactionOf(await world.authorize('trusted', asked))
  assert.equal(page, '/select-account')
  await choose(id, 'the session of another browser')
  assert.equal(interactionOf(await goOn('trusted', id)).page, '/select-account')
  await choose(id, 'browser-session')
  assert.ok(locationOf(await goOn('trusted', id))!.searchParams.has('code'))
  assert.equal(interactionOf(await goOn('trusted', other)).page, '/select-account')

  for (const more of [{ prompt: 'login' }, { prompt: 'login select_account' }, { max_age: '0' }]) {
    const { id: strict } = interactionOf(await world.authorize('trusted', more))
    await choose(strict, 'browser-session')
    assert.equal(interactionOf(await goOn('trusted', strict)).page, '/sign-in')
  }
  // Old enough meanwhile: the choice does not make the sign-in younger.
  const { id: late } = interactionOf(await world.authorize('trusted', { ...asked, max_age: '60' }))
  await choose(late, 'browser-session')
  world.clock.advance(61)
  assert.equal(interactionOf(await goOn('trusted', late)).page, '/sign-in')
})

test('of two requests that wait, what is done for one is not done for the other', async () => {
  for (const [clientId, more] of [
    ['native', { redirect_uri: 'http://127.0.0.1:50123/cb', scope: 'openid' }],
    ['asks', { prompt: 'consent' }],
  ] as const) {
    const asked = await world.authorize(clientId, more)
    const { id: other } = interactionOf(await world.authorize(clientId, more))
    assert.ok(locationOf(await world.consent(asked))!.searchParams.has('code'))
    assert.equal(interactionOf(await goOn(clientId, other)).page, '/consent')
  }
  const again = { prompt: 'login' }
  const { id } = interactionOf(await world.authorize('trusted', again))
  const { id: other } = interactionOf(await world.authorize('trusted', again))
  // In the same second, too: no clock decides.
  assert.equal(interactionOf(await goOn('trusted', id)).page, '/sign-in')
  await signInFor(id, userId)
  assert.equal(interactionOf(await goOn('trusted', other)).page, '/sign-in')
  assert.ok(locationOf(await goOn('trusted', id))!.searchParams.has('code'))
})

test('a yes is worth nothing for another user, nor once the consent is withdrawn', async () => {
  const app = { redirect_uri: 'com.example.app:/cb', scope: 'openid' }
  const { id } = interactionOf(await world.authorize('native', app))
  const { waitingRequests, grantConsent, withdrawConsent } = world.mapae.oauth
  const waiting = (await waitingRequests.find(id))!
  assert.equal(await grantConsent(userId as never, waiting, null), true)
  world.signIn(otherId)
  assert.equal(interactionOf(await goOn('native', id)).page, '/consent')
  world.signIn(userId)
  await withdrawConsent(userId as never, 'native', null)
  assert.equal(interactionOf(await goOn('native', id)).page, '/consent')
})

test('a trusted client is asked about all the same when another program could stand in', async () => {
  const uris = ['http://127.0.0.1/cb', 'http://localhost:3100/', 'com.example.own:/cb']
  await world.createClient('own-native', { redirectUris: uris })
  for (const redirect_uri of uris) {
    for (let time = 0; time < 2; time++) {
      const asked = { redirect_uri, scope: 'openid' }
      const silent = await world.authorize('own-native', { ...asked, prompt: 'none' })
      assert.equal(errorOf(silent), 'consent_required')
      const answer = await world.consent(await world.authorize('own-native', asked))
      assert.ok(locationOf(answer)!.searchParams.has('code'))
    }
  }
  await world.createClient('own-secret', {
    redirectUris: uris,
    authenticationMethod: 'client_secret_basic',
  })
  assert.ok(await world.code('own-secret', { redirect_uri: uris[0]! }))
})

test('prompt=none: an answer or an error, never a page', async () => {
  const silent = (clientId: string, more = {}) =>
    world.authorize(clientId, { prompt: 'none', ...more })
  assert.ok(await world.code('trusted', { prompt: 'none' }))
  assert.equal(errorOf(await silent('asks', { scope: 'profile' })), 'consent_required')
  world.clock.advance(100)
  assert.equal(errorOf(await silent('trusted', { max_age: '10' })), 'login_required')
  world.signOut()
  assert.equal(errorOf(await silent('trusted')), 'login_required')
})

test('id_token_hint: the answer is about that user or there is none', async () => {
  const { body } = await world.exchange('trusted', await world.code('trusted'))
  const hint = { id_token_hint: body.id_token as string }
  world.clock.advance(3600)
  assert.ok(await world.code('trusted', hint))
  world.signIn(otherId)
  assert.equal(
    errorOf(await world.authorize('trusted', { ...hint, prompt: 'none' })),
    'login_required',
  )
  const { page, id } = interactionOf(await world.authorize('trusted', hint))
  assert.equal(page, '/sign-in')
  await signInFor(id, otherId)
  assert.equal(errorOf(await goOn('trusted', id)), 'login_required')
  const claims = JSON.stringify({ id_token: { sub: { value: userId } } })
  assert.equal(
    errorOf(await world.authorize('trusted', { claims, prompt: 'none' })),
    'login_required',
  )
  for (const bad of [body.access_token, 'x', `${hint.id_token_hint}x`]) {
    assert.equal(
      errorOf(await world.authorize('trusted', { id_token_hint: bad })),
      'invalid_request',
    )
  }
  assert.equal(errorOf(await world.authorize('asks', hint)), 'invalid_request')
})

test('a disabled user is nobody', async () => {
  world.signIn(otherId)
  assert.ok(await world.code('trusted'))
  await world.mapae.accounts.disable(otherId as never)
  assert.equal(interactionOf(await world.authorize('trusted')).page, '/sign-in')
})

test('a client that has to push its requests is told so', async () => {
  assert.equal(errorOf(await world.authorize('pushes')), 'invalid_request')
})

test('response modes: query, fragment and a form that posts itself', async () => {
  const inQuery = locationOf(await world.authorize('trusted', { response_mode: 'query' }))!
  assert.ok(inQuery.searchParams.has('code') && inQuery.hash === '')
  const answer = await world.authorize('trusted', { response_mode: 'fragment' })
  const inFragment = locationOf(answer)!
  assert.ok(new URLSearchParams(inFragment.hash.slice(1)).has('code'))
  assert.equal(inFragment.search, '')
  const form = await world.authorize('trusted', {
    response_mode: 'form_post',
    state: `"><script>alert('&')</script>`,
  })
  assert.equal(form.status, 200)
  assert.match(form.headers.get('content-type')!, /^text\/html/)
  const policy = form.headers.get('content-security-policy')!
  assert.match(policy, /script-src 'self'; .*form-action 'self' https:; frame-ancestors 'none'/)
  assert.ok(form.text.includes(`action="${REDIRECT_URI}"`))
  assert.match(form.text, /name="code" value="[\w-]{43}"/)
  assert.ok(form.text.includes('value="&quot;&gt;&lt;script&gt;'))
  assert.match(form.text, /<button type="submit"[^>]*>\s*Continue/)
  assert.equal(form.text.match(/<script/g)?.length, 1)
})

test('every answer says whose it is: a code, an error and a no, in every response mode', async () => {
  for (const response_mode of ['query', 'fragment', 'form_post']) {
    const { id } = interactionOf(await world.authorize('asks', { response_mode, scope: 'email' }))
    await world.mapae.oauth.waitingRequests.deny(id)
    for (const [name, answer] of [
      ['code', await world.authorize('trusted', { response_mode })],
      ['error', await world.authorize('trusted', { response_mode, response_type: 'token' })],
      ['error', await goOn('asks', id)],
    ] as const) {
      const said = saidIn(answer)
      assert.ok(said.has(name), response_mode)
      assert.deepEqual(said.getAll('iss'), [ISSUER], response_mode)
      assert.deepEqual(said.getAll('state'), ['a-state'], response_mode)
    }
  }
})

/** The parameters of an answer to the client, in whatever mode it goes there. */
function saidIn(answer: FormAnswer): URLSearchParams {
  if (answer.status === 200) {
    const fields = answer.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)
    const pairs = [...fields].map(([, name, value]): [string, string] => [name!, value!])
    return new URLSearchParams(pairs)
  }
  assert.equal(answer.status, 303, answer.text)
  const { search, hash } = locationOf(answer)!
  return new URLSearchParams(search || hash.slice(1))
}

test('a request may be posted, and its answer is got', async () => {
  const pairs = [...new URLSearchParams(query('trusted'))] as [string, string][]
  const answer = await world.send('POST', '/oauth/authorize', pairs)
  assert.equal(answer.status, 303, 'no form is posted a second time, to somebody else')
  assert.ok(locationOf(answer)!.searchParams.has('code'))
})

test('a redirect URI keeps its own query', async () => {
  const uri = 'https://app.example.com/cb?tenant=a%20b'
  await world.createClient('tenant', { redirectUris: [uri] })
  const answer = await world.authorize('tenant', { redirect_uri: uri })
  assert.ok(answer.headers.get('location')!.startsWith(`${uri}&code=`))
})

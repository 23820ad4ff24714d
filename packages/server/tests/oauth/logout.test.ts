import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, withoutSwitch, type PageDriver } from '../ui/page-driver.ts'
import { defaultClientSettings, type ClientSettings } from '../../src/domain/client.ts'
import { query, REDIRECT_URI, VERIFIER } from './relying-party.ts'

const RETURN = 'https://app.example.com/bye'

/** What applications are told by the back channel. */
const told: { url: string; logoutToken: string }[] = []
const server = await createTestMapae({}, undefined, {
  outgoingFetch: async (url, { body } = {}) => {
    told.push({ url, logoutToken: new URLSearchParams(body).get('logout_token')! })
    return new Response(null, { status: 204 })
  },
})
after(() => server.close())
await server.signUp('mina')
await server.signUp('jun')

async function makeClient(id: string, settings: Partial<ClientSettings> = {}) {
  await server.mapae.clients.create(id, {
    ...defaultClientSettings,
    name: id,
    redirectUris: [REDIRECT_URI],
    postLogoutRedirectUris: [RETURN, `${RETURN}?from=mapae`],
    scopes: ['openid'],
    isTrusted: true,
    ...settings,
  })
}
await makeClient('web')
await makeClient('shop', {
  redirectUris: [REDIRECT_URI, 'https://shop.example.com/callback'],
  frontchannelLogoutUri: 'https://shop.example.com/out?x=1',
})
await makeClient('pair', { subjectType: 'pairwise' })
await makeClient('news', { backchannelLogoutUri: 'https://news.example.com/signed-out' })

async function signedIn(username = 'mina'): Promise<PageDriver> {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', { username, password: PASSWORD })
  return browser
}

/** Signs the user of the browser in at a client; returns what the client gets. */
async function tokensOf(browser: PageDriver, clientId: string) {
  const { location } = await browser.get(`/oauth/authorize?${query(clientId)}`)
  const code = new URL(location!).searchParams.get('code')!
  const form = { grant_type: 'authorization_code', client_id: clientId, code }
  const answer = await createPageDriver(server).post('/oauth/token', {
    ...form,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT_URI,
  })
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text) as Record<'id_token' | 'refresh_token' | 'access_token', string>
}

async function refreshes(clientId: string, refreshToken: string): Promise<boolean> {
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken }
  return (await createPageDriver(server).post('/oauth/token', form)).status === 200
}

const isSignedIn = async (browser: PageDriver) => (await browser.get('/account')).status === 200

function logoutPath(parameters: Record<string, string>): string {
  return `/oauth/logout?${new URLSearchParams(parameters).toString()}`
}

test('a client that shows its ID token signs its user out everywhere in that browser', async () => {
  const browser = await signedIn()
  const web = await tokensOf(browser, 'web')
  const pair = await tokensOf(browser, 'pair')
  const elsewhere = await signedIn()
  const kept = await tokensOf(elsewhere, 'web')
  const answer = await browser.get(
    logoutPath({
      id_token_hint: web.id_token,
      post_logout_redirect_uri: `${RETURN}?from=mapae`,
      state: 'a&b',
    }),
  )
  assert.equal(answer.status, 303)
  assert.equal(answer.location, `${RETURN}?from=mapae&state=a%26b`)
  assert.equal(browser.cookies.has('__Host-mapae_bs'), false)
  assert.equal(await refreshes('web', web.refresh_token), false)
  assert.equal(await refreshes('pair', pair.refresh_token), false)
  assert.equal(await refreshes('web', kept.refresh_token), true)
  assert.equal(await isSignedIn(elsewhere), true)
})

test('an expired ID token of a pairwise client will do, by POST too', async () => {
  const browser = await signedIn()
  const { id_token } = await tokensOf(browser, 'pair')
  server.clock.advance(3600)
  const answer = await browser.post('/oauth/logout', {
    id_token_hint: id_token,
    client_id: 'pair',
    post_logout_redirect_uri: RETURN,
  })
  assert.deepEqual([answer.status, answer.location], [303, RETURN])
  assert.equal(await isSignedIn(browser), false)
})

test('who proves nothing makes nobody sign out: the user is asked, and may go on there', async () => {
  const stranger = await tokensOf(await signedIn('jun'), 'web')
  for (const proof of [
    { client_id: 'web' },
    { id_token_hint: stranger.id_token },
    { id_token_hint: `${stranger.id_token.slice(0, -4)}AAAA`, client_id: 'web' },
  ] as const) {
    const browser = await signedIn()
    const asked = await browser.get(
      logoutPath({ ...proof, post_logout_redirect_uri: RETURN, state: 's' }),
    )
    assert.equal(asked.status, 303)
    assert.match(asked.location!, /^https:\/\/auth\.example\.com\/sign-out\?client_id=web&/)
    assert.equal(await isSignedIn(browser), true)
    const page = asked.location!.slice(ISSUER.length)
    const { headers } = await browser.get(page)
    assert.match(headers.get('content-security-policy')!, /form-action 'self' https:;/)
    const done = await browser.submit(page, {})
    assert.deepEqual([done.status, done.location], [303, `${RETURN}?state=s`])
    assert.equal(await isSignedIn(browser), false)
  }
})

test('without an address to return to the browser stays here', async () => {
  const browser = await signedIn()
  const { id_token } = await tokensOf(browser, 'web')
  const answer = await browser.get(logoutPath({ id_token_hint: id_token }))
  assert.equal(answer.location, `${ISSUER}/signed-out`)
  const nobody = await browser.get('/oauth/logout')
  assert.equal(nobody.location, `${ISSUER}/signed-out`)
})

const refused: [string, Record<string, string>][] = [
  ['an address without a client', { post_logout_redirect_uri: RETURN }],
  ['an unknown client', { client_id: 'nobody' }],
  ['another address', { client_id: 'web', post_logout_redirect_uri: 'https://evil.example/' }],
  ['a longer address', { client_id: 'web', post_logout_redirect_uri: `${RETURN}/more` }],
  [
    'an address with more in its query',
    { client_id: 'web', post_logout_redirect_uri: `${RETURN}?x=1` },
  ],
  ['a script', { client_id: 'web', post_logout_redirect_uri: 'javascript:alert(1)' }],
]

for (const [what, parameters] of refused) {
  test(`${what}: a page that leads nowhere, and everybody stays signed in`, async () => {
    const browser = await signedIn()
    for (const path of ['/oauth/logout', '/sign-out']) {
      const answer = await browser.get(`${path}?${new URLSearchParams(parameters).toString()}`)
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.location, null)
      assert.doesNotMatch(withoutSwitch(answer), /evil|javascript:/)
    }
    assert.equal(await isSignedIn(browser), true)
  })
}

test('an ID token of another client does not speak for this one', async () => {
  const browser = await signedIn()
  const { id_token } = await tokensOf(browser, 'web')
  const path = logoutPath({ id_token_hint: id_token, client_id: 'shop' })
  assert.equal((await browser.get(path)).status, 400)
  assert.equal(await isSignedIn(browser), true)
})

test('a code on its way when its user signs out is worth nothing', async () => {
  const browser = await signedIn()
  const { location } = await browser.get(`/oauth/authorize?${query('web')}`)
  const form = { grant_type: 'authorization_code', client_id: 'web', code_verifier: VERIFIER }
  const code = new URL(location!).searchParams.get('code')!
  await browser.submit('/sign-out', {})
  const answer = await createPageDriver(server).post('/oauth/token', { ...form, code })
  assert.match(answer.text, /"invalid_grant"/)
})

test('a form of another site comes without the cookie: who is signed in is asked, not passed by', async () => {
  const { id_token } = await tokensOf(await signedIn(), 'web')
  const answer = await createPageDriver(server).post('/oauth/logout', {
    id_token_hint: id_token,
    post_logout_redirect_uri: RETURN,
    state: 's',
  })
  const asked = new URLSearchParams({ client_id: 'web', post_logout_redirect_uri: RETURN })
  assert.equal(answer.location, `${ISSUER}/sign-out?${asked.toString()}&state=s`)
})

test('an access token is no ID token', async () => {
  const browser = await signedIn()
  const { access_token } = await tokensOf(browser, 'web')
  const answer = await browser.get(logoutPath({ id_token_hint: access_token, client_id: 'web' }))
  assert.match(answer.location!, /\/sign-out\?client_id=web$/)
  assert.equal(await isSignedIn(browser), true)
})

test('what clients keep in the browser is forgotten through frames, and then it goes on', async () => {
  const browser = await signedIn()
  const shop = await tokensOf(browser, 'shop')
  const { sid } = JSON.parse(Buffer.from(shop.id_token.split('.')[1]!, 'base64url').toString())
  const answer = await browser.get(
    logoutPath({ id_token_hint: shop.id_token, post_logout_redirect_uri: RETURN }),
  )
  assert.equal(answer.status, 200)
  const frame = /<iframe\s+src="([^"]+)"/.exec(answer.text)![1]!.replaceAll('&amp;', '&')
  // It may forget what it keeps, and lead nobody away.
  assert.match(answer.text, /<iframe\s[^>]*sandbox="allow-scripts allow-same-origin"/)
  const url = new URL(frame)
  assert.equal(url.origin + url.pathname, 'https://shop.example.com/out')
  assert.deepEqual(Object.fromEntries(url.searchParams), { x: '1', iss: ISSUER, sid })
  assert.match(answer.text, new RegExp(`http-equiv="refresh" content="2;url=${RETURN}"`))
  assert.match(
    answer.headers.get('content-security-policy')!,
    /frame-src https:\/\/shop\.example\.com;/,
  )
  assert.equal(await refreshes('shop', shop.refresh_token), false)
})

test('what clients keep on their servers is told to them, whichever of them signs the user out', async () => {
  const browser = await signedIn()
  const web = await tokensOf(browser, 'web')
  const news = await tokensOf(browser, 'news')
  const elsewhere = await tokensOf(await signedIn('jun'), 'news')
  await browser.get(logoutPath({ id_token_hint: web.id_token }))
  await server.mapae.oauth.tellOfEnds(new AbortController().signal)
  const claimsIn = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  const { sub, sid } = claimsIn(news.id_token)
  assert.deepEqual(
    told.map(({ url, logoutToken }) => [url, claimsIn(logoutToken).sub, claimsIn(logoutToken).sid]),
    [['https://news.example.com/signed-out', sub, sid]],
  )
  assert.equal(await refreshes('news', elsewhere.refresh_token), true)
})

test('metadata tell where to sign out', async () => {
  const { body } = await server.call('GET', '/.well-known/openid-configuration')
  assert.equal(body.end_session_endpoint, `${ISSUER}/oauth/logout`)
  assert.equal(body.frontchannel_logout_supported, true)
  assert.equal(body.frontchannel_logout_session_supported, true)
  assert.equal(body.backchannel_logout_supported, true)
  assert.equal(body.backchannel_logout_session_supported, true)
})

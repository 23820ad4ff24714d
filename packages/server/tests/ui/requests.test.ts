import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { defaultClientSettings, type ClientSettings } from '../../src/domain/client.ts'
import { openDatabaseRows } from '../database-rows.ts'
import { query, REDIRECT_URI, VERIFIER } from '../oauth/relying-party.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import {
  createPageDriver,
  formToken,
  withoutSwitch,
  type PageAnswer,
  type PageDriver,
} from './page-driver.ts'

const SESSION = '__Host-mapae_bs'

const server = await createTestMapae()
const rows = openDatabaseRows(server.config.databaseUrl)
after(async () => {
  rows.close()
  await server.close()
})
await server.signUp('mina')
await server.signUp('jun')
const credentials = { username: 'mina', password: PASSWORD }

async function createClient(id: string, settings: Partial<ClientSettings> = {}): Promise<void> {
  await server.mapae.clients.create(id, {
    ...defaultClientSettings,
    name: `The ${id} <b>app</b>`,
    redirectUris: [REDIRECT_URI],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'read'],
    ...settings,
  })
}
await createClient('shop')
await createClient('own', { isTrusted: true, name: 'Own' })
await createClient('native', {
  redirectUris: ['http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb'],
})

/** Opens the address and goes on until a page is shown or the browser leaves. */
async function follow(browser: PageDriver, first: PageAnswer): Promise<PageAnswer> {
  let answer = first
  while (answer.location !== null) {
    const { origin, pathname, search } = new URL(answer.location, ISSUER)
    if (origin !== ISSUER) return answer
    answer = await browser.get(pathname + search)
  }
  return answer
}

async function ask(browser: PageDriver, client: string, more: Record<string, string | null> = {}) {
  const first = await browser.get(`/oauth/authorize?${query(client, more)}`)
  return { page: await follow(browser, first), path: (first.location ?? '').slice(ISSUER.length) }
}

const answerOf = ({ location }: PageAnswer) => new URL(location!).searchParams

async function decide(browser: PageDriver, path: string, decision: string): Promise<PageAnswer> {
  return follow(browser, await browser.submit(path, { decision }))
}

/** Where the forms of a page may lead. */
const formAction = ({ headers }: PageAnswer) =>
  /form-action ([^;]*)/.exec(headers.get('content-security-policy')!)![1]

test('sign in, consent, and the application has a code that is worth tokens', async () => {
  const browser = createPageDriver(server)
  const { page, path } = await ask(browser, 'shop', {
    scope: 'openid profile email offline_access read',
    login_hint: 'min"a',
  })
  assert.match(path, /^\/sign-in\?request=[\w-]{43}&client_id=shop$/)
  assert.match(page.text, /Sign in to go on to The shop &lt;b&gt;app&lt;\/b&gt;/)
  assert.match(page.text, /value="min&quot;a"/)
  assert.equal(formAction(page), "'self' https:")

  const consent = await follow(browser, await browser.submit(path, credentials))
  assert.equal(consent.status, 200)
  assert.equal(formAction(consent), "'self' https:")
  for (const words of [
    /Let The shop &lt;b&gt;app&lt;\/b&gt; use your account\?/,
    /signed in as mina/,
    /recognise you/,
    /see your user name/,
    /see your e-mail address/,
    /stay signed in while you are away/,
    /use the permission “read”/,
    /go on to app\.example\.com/,
  ]) {
    assert.match(consent.text, words)
  }
  const consentPath = path.replace('sign-in', 'consent')
  const done = await decide(browser, consentPath, 'allow')
  assert.ok(done.location?.startsWith(`${REDIRECT_URI}?`), done.text)
  const { code, state, iss } = Object.fromEntries(answerOf(done))
  assert.deepEqual([state, iss], ['a-state', ISSUER])
  const tokens = await browser.post('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: 'shop',
    code: code!,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT_URI,
  })
  assert.equal(tokens.status, 200, tokens.text)
  // Asked once, answered for good.
  const again = await ask(browser, 'shop')
  assert.notEqual(answerOf(again.page).get('code'), null)
})

test('whoever says no is asked again the next time, and the application is told', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', { username: 'jun', password: PASSWORD })
  for (let time = 0; time < 2; time++) {
    const { path } = await ask(browser, 'shop')
    assert.match(path, /^\/consent/)
    const done = await decide(browser, path, 'deny')
    assert.equal(answerOf(done).get('error'), 'access_denied')
    assert.equal(answerOf(done).get('code'), null)
  }
})

test('a client of the operator needs no consent, and a sign-up goes on to it', async () => {
  const browser = createPageDriver(server)
  const { page, path } = await ask(browser, 'own', { prompt: 'login' })
  const link = /href="(\/sign-up\?[^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&')
  assert.ok((await browser.get(link)).text.includes(`href="${path.replace('&', '&amp;')}"`))
  const done = await follow(
    browser,
    await browser.submit(link, { username: 'new', password: PASSWORD }),
  )
  assert.notEqual(answerOf(done).get('code'), null)
})

test('prompt=login asks for the password again, and says whose', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  server.clock.advance(5)
  const { page, path } = await ask(browser, 'own', { prompt: 'login' })
  assert.match(path, /^\/sign-in/)
  assert.match(page.text, /name="username"[^>]*value="mina"/)
  assert.match(page.text, /Enter your password again to confirm that it is you, mina/)
  assert.doesNotMatch(page.text, /No account yet/)
  const other = /href="(\/sign-in\?[^"]+account=other)"/.exec(page.text)![1]!
  const empty = await browser.get(other.replaceAll('&amp;', '&'))
  assert.match(empty.text, /name="username"[^>]*value=""/)
  assert.match(empty.text, /Sign in to go on to Own/)
  const before = browser.cookies.get(SESSION)
  const done = await follow(browser, await browser.submit(path, credentials))
  assert.notEqual(answerOf(done).get('code'), null)
  assert.notEqual(browser.cookies.get(SESSION), before)
})

test('of two tabs that ask, a yes or a password in one is none in the other', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  const app = { redirect_uri: 'http://127.0.0.1:4999/cb' }
  const tabs = [await ask(browser, 'native', app), await ask(browser, 'native', app)] as const
  assert.notEqual(answerOf(await decide(browser, tabs[0].path, 'allow')).get('code'), null)
  assert.match((await follow(browser, await browser.get(tabs[1].path))).text, /on this device/)
  const signIns = [
    await ask(browser, 'own', { prompt: 'login' }),
    await ask(browser, 'own', { prompt: 'login' }),
  ] as const
  const id = new URLSearchParams(signIns[1].path.split('?')[1]).get('request')
  const other = `/oauth/authorize?client_id=own&request_uri=urn:ietf:params:oauth:request_uri:${id}`
  await browser.submit(signIns[0].path, credentials)
  assert.equal((await browser.get(other)).location, `${ISSUER}${signIns[1].path}`)
})

test('the language is the one that the application asks for, until the reader says another', async () => {
  const browser = createPageDriver(server)
  const { page, path } = await ask(browser, 'own', { ui_locales: 'xx ko-KR en' })
  assert.match(page.text, /<html lang="ko">/)
  assert.match((await browser.get(`${path}&lang=en`)).text, /<html lang="en">/)
  assert.match((await browser.get(path)).text, /<html lang="en">/)
})

test('the consent page says where it leads, in a form that browsers accept', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  for (const [redirectUri, target] of [
    ['http://127.0.0.1:4999/cb', "'self' http:"],
    ['http://[::1]:4999/cb', "'self' http:"],
    ['com.example.app:/cb', "'self' com.example.app:"],
  ] as const) {
    const { page } = await ask(browser, 'native', { redirect_uri: redirectUri })
    assert.match(page.text, /a program on this device/)
    assert.equal(formAction(page), target)
  }
})

test('what a user granted can be taken back, and the tokens of the application end', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  const { page } = await ask(browser, 'shop')
  const tokens = await browser.post('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: 'shop',
    code: answerOf(page).get('code')!,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT_URI,
  })
  const { refresh_token } = JSON.parse(tokens.text)
  const account = await browser.get('/account')
  assert.match(account.text, /App: The shop &lt;b&gt;app/)
  assert.match(account.text, /name="client"\s+value="shop"/)
  const answer = await browser.submit('/account', { client: 'shop' })
  assert.equal(answer.location, '/account?done=withdrawn')
  assert.match((await browser.get(answer.location)).text, /has no access any more/)
  const refused = await browser.post('/oauth/token', {
    grant_type: 'refresh_token',
    client_id: 'shop',
    refresh_token,
  })
  assert.equal(refused.status, 400)
  assert.match((await ask(browser, 'shop')).path, /^\/consent/)
  assert.equal((await browser.submit('/account', { client: 'nobody' })).status, 303)
})

test('a form with a password is posted here and nowhere else: what follows is got', async () => {
  const browser = createPageDriver(server)
  const { path } = await ask(browser, 'own')
  const posted = await browser.submit(path, credentials)
  assert.equal(posted.status, 303)
  const next = new URL(posted.location!, ISSUER)
  const answer = await browser.get(next.pathname + next.search)
  assert.equal(answer.status, 303)
  assert.ok(answer.location!.startsWith(`${REDIRECT_URI}?code=`))
})

test('signing out of the browser ends the applications that were started in it, and no others', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  const { page } = await ask(browser, 'own', { scope: 'openid offline_access' })
  const exchange = {
    grant_type: 'authorization_code',
    client_id: 'own',
    code: answerOf(page).get('code')!,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT_URI,
  }
  const tokens = JSON.parse((await browser.post('/oauth/token', exchange)).text)
  const elsewhere = (await server.call('POST', '/v1/login', credentials)).body
  await browser.submit('/sign-out', {})
  const refresh = (token: string, client: Record<string, string>) =>
    browser.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token, ...client })
  assert.equal((await refresh(tokens.refresh_token, { client_id: 'own' })).status, 400)
  const me = await server.call('GET', '/v1/me', undefined, server.bearer(elsewhere.access_token))
  assert.equal(me.status, 200)
})

test('a request that is over, unknown or of nobody leads nowhere', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', { username: 'jun', password: PASSWORD })
  const { path } = await ask(browser, 'shop')
  const consent = await browser.get(path)
  server.clock.advance(601)
  const late = await browser.post(path, { form_token: formToken(consent), decision: 'allow' })
  assert.equal(late.status, 410)
  const evil = encodeURIComponent('https://evil.example/')
  for (const request of ['x', 'A'.repeat(43), evil, `${evil}%00`]) {
    for (const page of ['/consent', '/sign-in', '/sign-up']) {
      const answer = await browser.get(`${page}?request=${request}`)
      assert.equal(answer.status, 410, `${page} ${request}`)
      assert.equal(answer.location, null)
      assert.match(answer.text, /Go back to the application/)
      assert.doesNotMatch(withoutSwitch(answer), /evil\.example/)
    }
  }
  assert.equal((await browser.get('/consent')).status, 400)
})

test('nobody consents by a form from elsewhere, or for somebody else', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', { username: 'jun', password: PASSWORD })
  const { page, path } = await ask(browser, 'shop')
  const form_token = formToken(page)
  const stranger = createPageDriver(server)
  await stranger.submit('/sign-in', credentials)
  const earlier = rows.read()
  const cross = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
  const attempts = [
    await browser.post(path, { form_token, decision: 'allow' }, cross),
    await browser.post(path, { decision: 'allow' }),
    await stranger.post(path, { form_token, decision: 'allow' }),
    await createPageDriver(server).post(path, { form_token, decision: 'allow' }),
  ]
  assert.deepEqual(
    attempts.map(({ status, location }) => [status, location !== null]),
    [
      [403, false],
      [403, false],
      [403, false],
      // Nobody is signed in: the request decides anew.
      [303, true],
    ],
  )
  assert.deepEqual(rows.read(), earlier)
  const unclear = await browser.post(path, { form_token, decision: 'perhaps' })
  assert.equal(unclear.status, 400)
  assert.deepEqual(rows.read(), earlier)
})

test('an address that is not the client’s is told to the person, never followed', async () => {
  const browser = createPageDriver(server, 'ko')
  const variants = [
    'https://evil.example/callback',
    'https://app.example.com.evil.example/callback',
    'https://app.example.com@evil.example/callback',
    'https://app.example.com\\@evil.example/callback',
    'https://app.example.com/callback/../evil',
    'javascript:alert(1)',
    '//evil.example/callback',
  ]
  for (const redirect_uri of variants) {
    const { page } = await ask(browser, 'shop', { redirect_uri })
    assert.equal(page.status, 400, redirect_uri)
    assert.equal(page.location, null)
    assert.match(page.headers.get('content-type')!, /^text\/html/)
    assert.match(page.text, /처리하지 못했습니다/)
    assert.doesNotMatch(withoutSwitch(page), /evil|alert/)
  }
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { decodeJwt } from 'jose'

import { defaultClientSettings } from '../../src/domain/client.ts'
import { query, REDIRECT_URI, VERIFIER } from '../oauth/relying-party.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, formToken, type PageAnswer, type PageDriver } from './page-driver.ts'

const server = await createTestMapae()
after(() => server.close())
await server.signUp('mina')
await server.signUp('jun <i>')
const mina = { username: 'mina', password: PASSWORD }
const jun = { username: 'jun <i>', password: PASSWORD }
for (const [id, isTrusted] of [
  ['own', true],
  ['shop', false],
] as const) {
  const settings = { redirectUris: [REDIRECT_URI], scopes: ['openid'], isTrusted }
  const name = `The ${id} <b>app</b>`
  await server.mapae.clients.create(id, { ...defaultClientSettings, ...settings, name })
}

async function signedIn(credentials = mina, language = 'en'): Promise<PageDriver> {
  const browser = createPageDriver(server, language)
  await browser.submit('/sign-in', credentials)
  return browser
}

/** Asks for a choice; returns the path of the page that comes. */
async function ask(browser: PageDriver, client = 'own', prompt = 'select_account') {
  const asked = query(client, { scope: 'openid', prompt })
  const { location } = await browser.get(`/oauth/authorize?${asked}`)
  return location!.slice(ISSUER.length)
}

/** Goes back to where the request is answered; returns where that leads. */
async function goOn(browser: PageDriver, { status, location }: PageAnswer): Promise<string> {
  assert.equal(status, 303)
  const next = await browser.get(location!)
  return next.location!.replace(ISSUER, '')
}

const isCode = (location: string) =>
  location.startsWith(`${REDIRECT_URI}?`) && new URL(location).searchParams.has('code')
const otherAccount = ({ text }: PageAnswer) =>
  /href="(\/sign-in\?[^"]+account=other)"/.exec(text)![1]!.replaceAll('&amp;', '&')

test('who is signed in sees it, and goes on without a password', async () => {
  const browser = await signedIn(jun)
  const path = await ask(browser)
  assert.match(path, /^\/select-account\?request=[\w-]{43}&client_id=own$/)
  const page = await browser.get(path)
  assert.match(page.text, /Continue as jun &lt;i&gt;/)
  assert.match(page.text, /go on to The own &lt;b&gt;app&lt;\/b&gt; with/)
  assert.match(page.headers.get('content-security-policy')!, /form-action 'self' https:/)
  assert.ok(isCode(await goOn(browser, await browser.submit(path, {}))))
})

test('who chose is asked for the consent then, and each request has its own choice', async () => {
  const browser = await signedIn()
  const [path, later] = [await ask(browser, 'shop'), await ask(browser, 'shop')]
  const next = await goOn(browser, await browser.submit(path, {}))
  assert.match(next, /^\/consent\?/)
  assert.ok(isCode(await goOn(browser, await browser.submit(next, { decision: 'allow' }))))
  // The consent stands; what is left to ask for is the choice.
  assert.ok(isCode(await goOn(browser, await browser.submit(later, {}))))
  assert.match(await ask(browser, 'shop'), /^\/select-account\?/)
})

test('whoever is somebody else signs in as that, and the application gets them', async () => {
  const browser = await signedIn()
  const path = await ask(browser)
  const other = otherAccount(await browser.get(path))
  assert.match((await browser.get(other)).text, /name="username"[^>]*value=""/)
  const location = await goOn(browser, await browser.submit(other, jun))
  const code = new URL(location).searchParams.get('code')!
  const tokens = await browser.post('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: 'own',
    code,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT_URI,
  })
  const user = await server.mapae.stores.users.findByUsernameKey('jun <i>')
  assert.equal(decodeJwt(JSON.parse(tokens.text).id_token).sub, user?.id)
})

test('a choice of one user is none of the next one at the same browser', async () => {
  const browser = await signedIn()
  const path = await ask(browser)
  const form_token = formToken(await browser.get(path))
  await browser.submit(otherAccount(await browser.get(await ask(browser))), jun)
  const refused = await browser.post(path, { form_token })
  assert.equal(refused.status, 403)
  assert.match(refused.text, /Continue as jun &lt;i&gt;/)
  const chosen = await browser.post(path, { form_token: formToken(refused) })
  assert.ok(isCode(await goOn(browser, chosen)))
})

test('nobody chooses by a form from elsewhere', async () => {
  const browser = await signedIn()
  const path = await ask(browser)
  const form_token = formToken(await browser.get(path))
  for (const [fields, headers] of [
    [{}, { 'Sec-Fetch-Site': 'same-origin' }],
    [{ form_token: 'A'.repeat(43) }, { 'Sec-Fetch-Site': 'same-origin' }],
    [{ form_token }, { 'Sec-Fetch-Site': 'cross-site' }],
    [{ form_token }, { Origin: 'https://evil.example' }],
  ] as const) {
    assert.equal((await browser.post(path, fields, headers)).status, 403)
  }
  const id = new URLSearchParams(path.split('?')[1]).get('request')!
  assert.equal((await server.mapae.oauth.waitingRequests.find(id))?.chosenSessionId, null)
})

test('a password that is asked for is asked for, whatever was chosen', async () => {
  const browser = await signedIn()
  for (const prompt of ['login', 'login select_account']) {
    const path = await ask(browser, 'own', prompt)
    assert.match(path, /^\/sign-in\?/)
    const chosen = await browser.submit(path.replace('/sign-in', '/select-account'), {})
    assert.equal(await goOn(browser, chosen), path)
  }
})

test('without somebody signed in there is nothing to choose; a request that is over is told', async () => {
  const nobody = createPageDriver(server)
  const path = await ask(nobody)
  assert.match(path, /^\/sign-in\?/)
  const choice = path.replace('/sign-in', '/select-account')
  assert.equal(await goOn(nobody, await nobody.get(choice)), path)
  const browser = await signedIn(mina, 'ko')
  const mine = await ask(browser)
  assert.match((await browser.get(mine)).text, /mina 계정으로 계속/)
  server.clock.advance(600)
  assert.equal((await browser.get(mine)).status, 410)
  assert.equal((await browser.get('/select-account')).status, 400)
})

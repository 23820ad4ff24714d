import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { defaultClientSettings } from '../../src/domain/client.ts'
import { query, REDIRECT_URI } from '../oauth/relying-party.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, formToken, type PageDriver } from './page-driver.ts'

const HOME = 'https://app.example.com/start'
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

const server = await createTestMapae()
after(() => server.close())
await server.signUp('mina')
const credentials = { username: 'mina', password: PASSWORD }
const settings = { ...defaultClientSettings, redirectUris: [REDIRECT_URI], scopes: ['openid'] }
await server.mapae.clients.create('shop', { ...settings, name: 'A <b>shop</b>', homepageUri: HOME })
await server.mapae.clients.create('quiet', { ...settings, name: 'Quiet' })

/** Method, path, `Accept`, and what is answered: its status and whether it is a page. */
const nowhere: readonly (readonly [string, string, string | null, number, 'page' | 'problem'])[] = [
  ['GET', '/nowhere', BROWSER, 404, 'page'],
  ['POST', '/nowhere', BROWSER, 404, 'page'],
  ['GET', '/nowhere', 'text/html ; q=0.1', 404, 'page'],
  ['GET', '/v1/nowhere', BROWSER, 404, 'page'],
  ['GET', '/nowhere', null, 404, 'problem'],
  ['GET', '/nowhere', '*/*', 404, 'problem'],
  ['GET', '/nowhere', 'text/*', 404, 'problem'],
  ['GET', '/nowhere', 'text/html;q=0', 404, 'problem'],
  ['GET', '/nowhere', 'text/html, application/json', 404, 'problem'],
  ['GET', '/nowhere', 'application/problem+json, text/html;q=0.5', 404, 'problem'],
  ['GET', '/nowhere', 'text/htmlx, image/*', 404, 'problem'],
  ['PUT', '/sign-in', BROWSER, 405, 'page'],
  ['PUT', '/oauth/authorize', BROWSER, 405, 'page'],
  ['PUT', '/sign-in', 'application/json', 405, 'problem'],
  ['GET', '/v1/login', BROWSER, 405, 'problem'],
  ['GET', '/oauth/token', BROWSER, 405, 'problem'],
]

for (const [method, path, accept, status, kind] of nowhere) {
  test(`${method} ${path} with ${accept ?? 'no Accept'}: ${status}, a ${kind}`, async () => {
    const headers = { 'Accept-Language': 'ko', ...(accept === null ? {} : { Accept: accept }) }
    const answer = await server.mapae.fetch(new Request(ISSUER + path, { method, headers }))
    assert.equal(answer.status, status)
    const text = await answer.text()
    if (status === 405) assert.match(answer.headers.get('allow')!, /^[A-Z, ]+$/)
    if (kind === 'problem') {
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
      assert.equal(JSON.parse(text).status, status)
      return
    }
    assert.match(answer.headers.get('content-type')!, /^text\/html/)
    assert.equal(answer.headers.get('vary'), 'Accept')
    assert.match(text, /<html lang="ko">/)
    assert.match(text, status === 404 ? /이 주소에는 페이지가 없습니다/ : /처음부터 다시/)
  })
}

const switchTo = ({ text }: { readonly text: string }) =>
  /<a href="([^"]+)" lang="ko"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null

/** Addresses of pages that tell of an error or lead away, and what the switch makes of their query. */
const withSwitch: readonly (readonly [string, number, string])[] = [
  ['/nowhere', 404, '?lang=ko'],
  ['//elsewhere.example/nowhere?a=b?c', 404, '?a=b%3Fc&lang=ko'],
  ['/sign-in?lang=a&lang=b', 400, '?lang=ko'],
  ['/sign-in?request=x&client_id=shop', 410, '?request=x&client_id=shop&lang=ko'],
  ['/oauth/authorize?client_id=%22%3E', 400, '?client_id=%22%3E&lang=ko'],
  [
    '/oauth/logout?id_token_hint=x&id_token_hint=y',
    400,
    '?id_token_hint=x&id_token_hint=y&lang=ko',
  ],
]

for (const [path, status, target] of withSwitch) {
  test(`${path} can be read in another language, there and nowhere else`, async () => {
    const browser = createPageDriver(server)
    const page = await browser.get(path, { Accept: BROWSER })
    assert.equal(page.status, status)
    assert.match(page.text, /<html lang="en">/)
    assert.equal(switchTo(page), target)
    const there = new URL(target, new URL(ISSUER + path))
    const korean = await browser.get(there.href.slice(ISSUER.length), { Accept: BROWSER })
    assert.equal(korean.headers.get('content-language'), 'ko')
    // From now on the browser has chosen.
    assert.match((await browser.get('/sign-in')).text, /<html lang="ko">/)
  })
}

test('who is sent away by a form is offered no switch: its address would say something else', async () => {
  const browser = createPageDriver(server)
  const sent = await browser.post('/oauth/authorize', { client_id: 'nobody' })
  assert.equal(sent.status, 400)
  assert.equal(switchTo(sent), null)
})

async function ask(browser: PageDriver, client: string): Promise<string> {
  const { location } = await browser.get(`/oauth/authorize?${query(client, { scope: 'openid' })}`)
  return location!.slice(ISSUER.length)
}

test('whose request took too long is told the way back, by the address that is registered', async () => {
  const browser = createPageDriver(server)
  const path = await ask(browser, 'shop')
  const form_token = formToken(await browser.get(path))
  const quiet = await ask(browser, 'quiet')
  server.clock.advance(601)
  const back = new RegExp(`href="${HOME}" rel="noreferrer">Go back to A &lt;b&gt;shop`)
  for (const page of [path, path.replace('sign-in', 'sign-up')]) {
    const late = await browser.get(page)
    assert.equal(late.status, 410)
    assert.match(late.text, back)
  }
  const sent = await browser.post(path, { form_token, ...credentials })
  assert.deepEqual([sent.status, sent.location], [410, null])
  assert.match(sent.text, back)
  assert.equal(switchTo(sent), `${path.slice(path.indexOf('?'))}&lang=ko`)
  const { text } = await browser.get(quiet)
  assert.doesNotMatch(text, /https?:|Go back to Quiet/, 'no address is known')
  const unknown = await browser.get(path.replace('client_id=shop', 'client_id=nobody'))
  assert.doesNotMatch(unknown.text, /https?:/)
})

test('who goes back to a request that was answered is told the way back too', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  const path = await ask(browser, 'shop')
  const decision = await browser.submit(path, { decision: 'allow' })
  assert.match((await browser.get(decision.location!)).location!, /^https:\/\/app\.example\.com\//)
  for (const page of [path, decision.location!]) {
    const again = await browser.get(page)
    assert.equal(again.status, 410)
    assert.match(again.text, new RegExp(`href="${HOME}"`))
  }
})

test('a form that was open for too long comes back with what was typed, but the password', async () => {
  for (const path of ['/sign-in', '/sign-up']) {
    const browser = createPageDriver(server)
    await browser.get(path)
    const typed = { username: 'typed "name"', password: PASSWORD }
    const refused = await browser.post(path, { form_token: 'A'.repeat(43), ...typed })
    assert.equal(refused.status, 403)
    assert.match(refused.text, /<title>Error: /)
    assert.match(refused.text, /value="typed &quot;name&quot;"/)
    assert.equal(refused.text.includes(PASSWORD), false)
    assert.match(refused.text, /id="password"[^>]*aria-describedby="problem [^>]*autofocus/)
    assert.match(refused.text, /open for too long/)
    const again = await browser.post(path, { form_token: formToken(refused), ...typed })
    assert.notEqual(again.status, 403)
  }
})

test('a page without a field has the focus on why its form came back', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  for (const path of ['/account', '/sign-out']) {
    const refused = await browser.post(path, { form_token: 'A'.repeat(43) })
    assert.equal(refused.status, 403)
    assert.match(refused.text, /id="problem" role="alert" tabindex="-1" autofocus/)
  }
  assert.match(
    (await browser.get('/account?done=ended')).text,
    /role="status" tabindex="-1" autofocus/,
  )
})

test('a second tab that was open before the sign-in asks once more, and then goes on', async () => {
  const browser = createPageDriver(server)
  const form_token = formToken(await browser.get('/sign-in'))
  await browser.submit('/sign-in', credentials)
  const refused = await browser.post('/sign-in', { form_token, ...credentials })
  assert.equal(refused.status, 403)
  assert.match(refused.text, /name="username"[^>]*value="mina"/)
  const again = await browser.post('/sign-in', { form_token: formToken(refused), ...credentials })
  assert.deepEqual([again.status, again.location], [303, '/account'])
})

test('forms of a session that was ended elsewhere lead to the sign-in and change nothing', async () => {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', credentials)
  const tokens = new Map<string, string>()
  for (const path of ['/account', '/account/password']) {
    tokens.set(path, formToken(await browser.get(path)))
  }
  const other = createPageDriver(server)
  await other.submit('/sign-in', credentials)
  await other.submit('/account', { everywhere: 'yes' })
  await other.submit('/sign-in', credentials)
  const changes = { everywhere: 'yes', current_password: PASSWORD, new_password: `${PASSWORD}!` }
  for (const [path, form_token] of tokens) {
    const answer = await browser.post(path, { form_token, ...changes })
    assert.deepEqual([answer.status, answer.location], [303, '/sign-in'])
  }
  assert.equal((await other.get('/account')).status, 200)
})

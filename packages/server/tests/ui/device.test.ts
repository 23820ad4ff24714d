import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { defaultClientSettings } from '../../src/domain/client.ts'
import { claimsOf } from '../oauth/relying-party.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, formToken, type PageAnswer, type PageDriver } from './page-driver.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const server = await createTestMapae()
after(() => server.close())
await server.signUp('mina')
await server.mapae.clients.create('tv', {
  ...defaultClientSettings,
  name: 'Living room <b>TV</b>',
  grants: [GRANT, 'refresh_token'],
  scopes: ['openid', 'profile', 'offline_access', 'read'],
})

/** What the device does and shows. */
async function begin() {
  const device = createPageDriver(server, 'en', '203.0.113.9')
  const scope = 'openid profile'
  const answer = await device.post('/oauth/device_authorization', { client_id: 'tv', scope })
  assert.equal(answer.status, 200, answer.text)
  const begun = JSON.parse(answer.text) as Record<string, string>
  const ask = async () => {
    server.clock.advance(6)
    const form = { grant_type: GRANT, client_id: 'tv', device_code: begun['device_code']! }
    const token = await device.post('/oauth/token', form)
    return JSON.parse(token.text) as { access_token?: string; scope?: string; error?: string }
  }
  return { userCode: begun['user_code']!, complete: begun['verification_uri_complete']!, ask }
}

async function signedIn(): Promise<PageDriver> {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', { username: 'mina', password: PASSWORD })
  return browser
}

const answerWith = (browser: PageDriver, page: PageAnswer, userCode: string, decision: string) =>
  browser.post('/device', { form_token: formToken(page), user_code: userCode, decision })

test('the code, a sign-in, a look at what is asked, and the device has its tokens', async () => {
  const { userCode, complete, ask } = await begin()
  assert.equal((await ask()).error, 'authorization_pending')
  const browser = createPageDriver(server)
  const first = await browser.get(complete.slice(ISSUER.length))
  assert.equal(first.location, `/sign-in?next=device&user_code=${userCode}`)
  const back = await browser.submit(first.location, { username: 'mina', password: PASSWORD })
  assert.equal(back.location, `/device?user_code=${userCode}`)
  const filled = await browser.get(back.location)
  assert.match(filled.text, new RegExp(`value="${userCode}"`))
  assert.doesNotMatch(filled.text, /Living room/, 'a link alone tells nothing')

  const confirm = await browser.submit('/device', { user_code: userCode.toLowerCase() })
  assert.equal(confirm.status, 200)
  for (const words of [
    /Connect Living room &lt;b&gt;TV&lt;\/b&gt;\?/,
    new RegExp(`>${userCode}<`),
    /Go on only if you started this yourself/,
    /see your user name/,
  ]) {
    assert.match(confirm.text, words)
  }
  assert.equal((await ask()).error, 'authorization_pending', 'not before the user says yes')
  const done = await answerWith(browser, confirm, userCode, 'allow')
  assert.equal(done.location, '/device?done=approved')
  assert.match(
    (await browser.get(done.location)).text,
    /role="status"[^>]*>The device is connected/,
  )
  const { acr, auth_time } = claimsOf((await ask()).access_token!)
  assert.deepEqual([acr, typeof auth_time], ['urn:mapae:1fa', 'number'])
  assert.match((await browser.get('/account')).text, /Living room/)
})

test('whoever says no is obeyed', async () => {
  const { userCode, ask } = await begin()
  const browser = await signedIn()
  const confirm = await browser.submit('/device', { user_code: userCode })
  assert.equal(
    (await answerWith(browser, confirm, userCode, 'deny')).location,
    '/device?done=denied',
  )
  assert.equal((await ask()).error, 'access_denied')
  const again = await answerWith(browser, confirm, userCode, 'allow')
  assert.equal(again.status, 404)
})

test('what its operator took from the device since the yes is not granted', async () => {
  const browser = await signedIn()
  const { userCode, ask } = await begin()
  const page = await browser.get('/device')
  const answer = await answerWith(browser, page, userCode, 'allow')
  assert.equal(answer.location, '/device?done=approved')
  await server.mapae.clients.update('tv', { scopes: ['openid'] })
  const { scope } = await ask()
  await server.mapae.clients.update('tv', {
    scopes: ['openid', 'profile', 'offline_access', 'read'],
  })
  assert.equal(scope, 'openid')
})

test('nobody approves a device by a form from elsewhere', async () => {
  const { userCode, ask } = await begin()
  const browser = await signedIn()
  const confirm = await browser.submit('/device', { user_code: userCode })
  const fields = { form_token: formToken(confirm), user_code: userCode, decision: 'allow' }
  const cross = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
  assert.equal((await browser.post('/device', fields, cross)).status, 403)
  assert.equal((await browser.post('/device', { ...fields, form_token: '' })).status, 403)
  const stranger = createPageDriver(server)
  await stranger.get('/sign-in')
  const unknown = await stranger.post('/device', { ...fields })
  assert.equal(unknown.status, 303, 'nobody is signed in')
  assert.match(unknown.location!, /^\/sign-in\?next=device/)
  assert.equal((await ask()).error, 'authorization_pending')
})

test('codes are not guessed', async () => {
  const { userCode } = await begin()
  const browser = await signedIn()
  const statuses = new Set<number>()
  let last: PageAnswer | null = null
  for (let guess = 0; guess < 200 && last?.status !== 429; guess++) {
    last = await browser.submit('/device', { user_code: `BBBB-${'BCDFGHJK'[guess % 8]}BBB` })
    statuses.add(last.status)
  }
  assert.deepEqual([...statuses], [404, 429])
  assert.match(last!.headers.get('retry-after')!, /^\d+$/)
  const right = await browser.submit('/device', { user_code: userCode })
  assert.equal(right.status, 429, 'the right one does not get through either')
  server.clock.advance(61)
})

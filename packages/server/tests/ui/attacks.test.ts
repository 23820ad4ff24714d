import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { openDatabaseRows } from '../database-rows.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, formToken, withoutSwitch } from './page-driver.ts'

const SESSION = '__Host-mapae_bs'
const FORM = '__Host-mapae_form'
const PAGES = [
  '/sign-in',
  '/select-account',
  '/sign-up',
  '/account',
  '/account/password',
  '/sign-out',
  '/signed-out',
]

const server = await createTestMapae()
const rows = openDatabaseRows(server.config.databaseUrl)
after(async () => {
  rows.close()
  await server.close()
})
await server.signUp('mina')
await server.signUp('mallory')
const credentials = { username: 'mina', password: PASSWORD }

async function signedIn(username = 'mina') {
  const browser = createPageDriver(server)
  await browser.submit('/sign-in', { username, password: PASSWORD })
  assert.ok(browser.cookies.has(SESSION))
  return browser
}

/** What a page elsewhere makes the victim's browser send. */
const fromElsewhere: readonly (readonly [string, Record<string, string>])[] = [
  ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
  ['another site that hides itself', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }],
  ['a sibling domain', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://www.example.com' }],
  ['another site in an old browser', { Origin: 'https://evil.example' }],
  ['another port', { Origin: `${ISSUER}:8443` }],
  ['plain http', { Origin: ISSUER.replace('https', 'http') }],
  ['the address bar', { 'Sec-Fetch-Site': 'none' }],
]

for (const [who, headers] of fromElsewhere) {
  test(`${who} cannot send a form, not even with a token that fits`, async () => {
    const browser = await signedIn()
    const token = formToken(await browser.get('/account'))
    const earlier = rows.read()
    for (const [path, fields] of [
      ['/account', { everywhere: 'yes' }],
      ['/sign-out', {}],
      ['/account/password', { current_password: PASSWORD, new_password: 'violet-badger-7-drums' }],
      ['/sign-in', { username: 'mallory', password: PASSWORD }],
      ['/sign-up', { username: 'planted', password: PASSWORD }],
    ] as const) {
      const answer = await browser.post(path, { form_token: token, ...fields }, headers)
      assert.equal(answer.status, 403, path)
      assert.match(answer.text, /came from elsewhere/)
    }
    assert.deepEqual(rows.read(), earlier)
  })
}

test('a form without its token, with another or with a changed one does nothing', async () => {
  const browser = await signedIn()
  const stranger = await signedIn('mallory')
  const own = formToken(await browser.get('/account'))
  const foreign = formToken(await stranger.get('/account'))
  const fresh = formToken(await createPageDriver(server).get('/sign-in'))
  const earlier = rows.read()
  const tokens = ['', foreign, fresh, `${own}A`, own.slice(1), own.toLowerCase(), 'A'.repeat(43)]
  for (const form_token of tokens) {
    const answer = await browser.post('/account', { form_token, everywhere: 'yes' })
    assert.equal(answer.status, 403, form_token)
  }
  assert.equal((await browser.post('/account', { everywhere: 'yes' })).status, 403)
  assert.deepEqual(rows.read(), earlier)
})

test('nobody is signed in to an account of somebody else by a form from elsewhere', async () => {
  const attacker = createPageDriver(server)
  const token = formToken(await attacker.get('/sign-in'))
  const victim = createPageDriver(server)
  const fields = { form_token: token, username: 'mallory', password: PASSWORD }
  assert.equal((await victim.post('/sign-in', fields)).status, 403, 'without a cookie')
  await victim.get('/sign-in')
  assert.equal((await victim.post('/sign-in', fields)).status, 403, 'with the own cookie')
  assert.equal(victim.cookies.has(SESSION), false)
})

test('a token from before the sign-in is worth nothing after it', async () => {
  const browser = createPageDriver(server)
  const early = formToken(await browser.get('/sign-in'))
  await browser.post('/sign-in', { form_token: early, ...credentials })
  assert.ok(browser.cookies.has(SESSION))
  const answer = await browser.post('/account', { form_token: early, everywhere: 'yes' })
  assert.equal(answer.status, 403)
  const late = formToken(await browser.get('/account'))
  await browser.submit('/sign-out', {})
  await browser.submit('/sign-in', credentials)
  assert.equal((await browser.post('/sign-out', { form_token: late })).status, 403)
})

test('a session that was planted is not the one that the victim gets', async () => {
  const attacker = await signedIn('mallory')
  const planted = attacker.cookies.get(SESSION)!
  const victim = createPageDriver(server)
  victim.cookies.set(SESSION, planted)
  // The page says who is signed in; the victim signs in as themselves.
  assert.match((await victim.get('/account')).text, /Signed in as mallory/)
  const token = formToken(await victim.get('/account'))
  const answer = await victim.post('/sign-in', { form_token: token, ...credentials })
  assert.equal(answer.status, 303)
  assert.notEqual(victim.cookies.get(SESSION), planted)
  assert.match((await victim.get('/account')).text, /Signed in as mina/)
  assert.equal((await attacker.get('/account')).location, '/sign-in')
})

test('a copied session is worth nothing once its user has signed in again', async () => {
  const browser = await signedIn()
  const thief = createPageDriver(server)
  thief.cookies.set(SESSION, browser.cookies.get(SESSION)!)
  assert.equal((await thief.get('/account')).status, 200)
  const token = formToken(await browser.get('/account'))
  await browser.post('/sign-in', { form_token: token, ...credentials })
  assert.equal((await browser.get('/account')).status, 200)
  assert.equal((await thief.get('/account')).location, '/sign-in')
})

test('a cookie that is not a secret of a session is nobody', async () => {
  const browser = createPageDriver(server)
  const secrets = ['x', 'A'.repeat(43), 'A'.repeat(5000), '%00', `${'A'.repeat(42)}'`]
  for (const secret of secrets) {
    browser.cookies.set(SESSION, secret)
    assert.equal((await browser.get('/account')).location, '/sign-in', secret)
  }
  const twice = { Cookie: `${SESSION}=${'A'.repeat(43)}; ${SESSION}=${'B'.repeat(43)}` }
  const answer = await createPageDriver(server).get('/account', twice)
  assert.equal(answer.status, 400)
  assert.match(answer.headers.get('content-type')!, /^text\/html/)
})

test('the hash of the secret is stored, and nothing that signs anybody in', async () => {
  const browser = await signedIn()
  const everything = JSON.stringify(rows.read())
  assert.equal(everything.includes(browser.cookies.get(SESSION)!), false)
  browser.cookies.set(SESSION, rows.read().browser_sessions.at(-1).secret_hash)
  assert.equal((await browser.get('/account')).location, '/sign-in')
})

test('no page leads or posts to an address that the request names', async () => {
  const evil = 'https://evil.example/'
  const names = ['next', 'redirect_uri', 'return_to', 'url', 'continue', 'request', 'goto', 'r']
  for (const page of PAGES) {
    for (const browser of [createPageDriver(server), await signedIn()]) {
      const query = new URLSearchParams(
        names.map((name): [string, string] => [name, evil]),
      ).toString()
      const answer = await browser.get(
        `${page}?${query}&lang=${encodeURIComponent(evil).slice(0, 9)}`,
      )
      const headers = JSON.stringify([...answer.headers])
      assert.doesNotMatch(withoutSwitch(answer) + headers, /evil\.example/, page)
      if (answer.location !== null) assert.match(answer.location, /^\/(?![/\\])/, page)
    }
  }
})

test('parameters that come twice, are too long or hold NUL get a page and no more', async () => {
  const browser = createPageDriver(server)
  const page = await browser.get('/sign-in')
  const form_token = formToken(page)
  const earlier = rows.read()
  for (const path of ['/sign-in?lang=ko&lang=en', `/sign-in?ui_locales=${'k'.repeat(201)}`]) {
    const answer = await browser.get(path)
    assert.equal(answer.status, 400, path)
    assert.match(answer.text, /invalid_request/)
  }
  for (const [username, password] of [
    ['a\0b', PASSWORD],
    ['a'.repeat(257), PASSWORD],
    ['mina', 'x'.repeat(1025)],
  ] as const) {
    const answer = await browser.post('/sign-in', { form_token, username, password })
    assert.equal(answer.status, 400)
    assert.doesNotMatch(answer.text, /xxxx/)
  }
  const huge = await browser.post('/sign-in', { form_token, username: 'x'.repeat(70_000) })
  assert.equal(huge.status, 413)
  assert.deepEqual(rows.read(), earlier)
})

test('every page refuses to be framed, cached, sniffed, and to run or load what is not ours', async () => {
  for (const browser of [createPageDriver(server), await signedIn()]) {
    for (const path of [...PAGES, '/sign-in?lang=a&lang=b']) {
      const answer = await browser.get(path)
      const { headers } = answer
      assert.equal(headers.get('cache-control'), 'no-store', path)
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      const policy = headers.get('content-security-policy')!
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /frame-ancestors 'none'/)
      if (answer.location !== null) continue
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.match(policy, /base-uri 'none'/)
      assert.match(policy, /form-action 'self'(;|$)/)
      assert.match(policy, /require-trusted-types-for 'script'; trusted-types 'none'/)
      assert.doesNotMatch(policy, /unsafe|https?:|data:|\*/)
      assert.doesNotMatch(answer.text, /<style|<script(?![^>]* src="\/assets\/)|style=|\son\w+=/)
      assert.doesNotMatch(answer.text, /(src|href|action)="(?!\/(?!\/)|#|\?)/, 'only our addresses')
    }
  }
})

test('what a page loads is ours, never changes under its address, and is small', async () => {
  const browser = createPageDriver(server)
  const guest = await Promise.all(PAGES.map((path) => browser.get(path)))
  const member = await signedIn()
  const pages = [...guest, ...(await Promise.all(PAGES.map((path) => member.get(path))))]
  const addresses = [
    ...new Set(pages.flatMap(({ text }) => text.match(/\/assets\/[\w.-]+/g) ?? [])),
  ]
  assert.equal(addresses.length, 3, 'all load the same')
  let bytes = Math.max(...pages.map(({ text }) => Buffer.byteLength(text)))
  for (const address of addresses) {
    const asset = await browser.get(address)
    assert.equal(asset.status, 200)
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(asset.headers.get('set-cookie'), null)
    assert.match(asset.headers.get('content-security-policy')!, /default-src 'none'/)
    bytes += Buffer.byteLength(asset.text)
  }
  assert.ok(bytes <= 30_000, `the largest page and all it loads: ${bytes} bytes`)
  assert.equal((await browser.get('/assets/pages.css')).status, 404)
  assert.equal(browser.cookies.has(FORM), true)
})

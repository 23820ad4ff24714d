import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'

import { startChromium, type StartedBrowser } from '../../../tests/browser/chromium.ts'
import { createDpopKey } from '../../server/tests/dpop-key.ts'
import { PASSWORD } from '../../server/tests/test-mapae.ts'
import type { MapaeClient } from '../src/index.ts'
import { createPageServer, type PageServer } from './page-server.ts'

const started = await startChromium()
const skip = started === undefined && 'no browser here'

let server: PageServer
let browser: StartedBrowser['browser']
let context: BrowserContext
let signedUp = 0

/** What client-page.ts offers. */
declare const mapae: MapaeClient
declare const document: { readonly cookie: string }
declare function callAtOnce(count: number): Promise<number[]>

before(async () => {
  server = await createPageServer({
    '/client.js': new URL('./pages/client-page.ts', import.meta.url),
    '/dpop.js': new URL('./pages/dpop-page.ts', import.meta.url),
    '/react.js': new URL('./pages/react-page.ts', import.meta.url),
  })
  if (started) browser = started.browser
})
after(async () => {
  await started?.stop()
  await server.close()
})
beforeEach(async () => {
  if (!started) return
  await context?.close()
  context = await browser.newContext()
  await context.clock.install()
  server.troubles.clear()
  server.calls.length = 0
})

/** The page whose tokens live in a cookie, or the one whose tokens are bound to a key. */
type Kind = '/' | '/dpop'

async function openTab(kind: Kind = '/'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${server.url}${kind}`)
  return page
}

/** A new user, signed in on a first tab. */
async function signIn(kind: Kind = '/'): Promise<Page> {
  const username = `user${(signedUp += 1)}`
  await server.mapae.signUp(username)
  const page = await openTab(kind)
  await page.evaluate((credentials) => mapae.signIn(credentials), { username, password: PASSWORD })
  server.calls.length = 0
  return page
}

/** A proof whose age the server doubts is sent again with a nonce: that renews nothing. */
const refreshes = () =>
  server.calls.filter(({ path, status }) => path === '/v1/refresh' && status === 200).length
const stateOf = (page: Page) => page.evaluate(() => mapae.current.state)

test('a page signs in, and no script sees the refresh token', { skip }, async () => {
  const page = await signIn()
  assert.equal(await stateOf(page), 'signedIn')
  assert.deepEqual(await page.evaluate(() => callAtOnce(1)), [200])
  const seen = await page.evaluate(() => `${JSON.stringify(localStorage)} ${document.cookie}`)
  assert.doesNotMatch(seen, /eyJ/)
  await page.reload()
  await page.waitForFunction(() => mapae.current.user?.username?.startsWith('user'))
  assert.equal(refreshes(), 1)
})

const FOUR_TABS = [
  { kind: '/', name: 'a cookie', hasLocks: true, most: 1 },
  { kind: '/', name: 'a cookie', hasLocks: false, most: 4 },
  { kind: '/dpop', name: 'a device key', hasLocks: true, most: 1 },
] as const

for (const { kind, name, hasLocks, most } of FOUR_TABS) {
  const locks = hasLocks ? 'with locks' : 'without locks'
  test(
    `four tabs with fifty calls each on an expired token, with ${name}, ${locks}: at most ${most} renewals`,
    { skip },
    async () => {
      if (!hasLocks) {
        await context.addInitScript(() => {
          Object.defineProperty(navigator, 'locks', { value: undefined })
        })
      }
      const tabs = [await signIn(kind)]
      while (tabs.length < 4) tabs.push(await openTab(kind))
      for (const tab of tabs) await tab.waitForFunction(() => mapae.current.state === 'signedIn')
      // They have the token of the first; one that got no answer in time has renewed it for itself.
      const byNewTabs = refreshes()
      assert.ok(byNewTabs < tabs.length, `${byNewTabs} renewals by new tabs`)
      // By the server's clock it has expired, by the device's not quite.
      server.mapae.clock.advance(601)
      await context.clock.fastForward(300_000)
      server.troubles.set('/v1/refresh', 'slow')
      const statuses = await Promise.all(tabs.map((tab) => tab.evaluate(() => callAtOnce(50))))
      assert.ok(statuses.flat().every((status) => status === 200))
      const renewals = refreshes() - byNewTabs
      assert.ok(renewals >= 1 && renewals <= most, `${renewals} renewals`)
      for (const tab of tabs) assert.equal(await stateOf(tab), 'signedIn')
    },
  )
}

/** Time passes on the server and on the devices. */
async function pass(seconds: number): Promise<void> {
  server.mapae.clock.advance(seconds)
  await context.clock.fastForward(seconds * 1000)
}

const DAY_SECONDS = 86_400

for (const kind of ['/', '/dpop'] as const) {
  test(
    `answers are lost after the exchange, the page ${kind} is killed, a day passes: still signed in`,
    { skip },
    async () => {
      const page = await signIn(kind)
      server.troubles.set('/v1/refresh', 'answer lost')
      await pass(700)
      const failed = await page.evaluate(() =>
        mapae.getToken().then(
          () => 'token',
          (error: { code: string }) => error.code,
        ),
      )
      assert.equal(failed, 'unavailable')
      assert.equal(await stateOf(page), 'offline')
      assert.ok(refreshes() > 0, 'the server exchanged the token')
      await page.close()
      server.troubles.clear()
      await pass(DAY_SECONDS)
      const reopened = await openTab(kind)
      await reopened.waitForFunction(() => mapae.current.state === 'signedIn')
      assert.deepEqual(await reopened.evaluate(() => callAtOnce(2)), [200, 200])
    },
  )
}

test(
  'a server that answers 503 signs nobody out, and a valid token keeps being used',
  { skip },
  async () => {
    const page = await signIn()
    server.troubles.set('/v1/refresh', 'unavailable')
    await pass(595)
    assert.deepEqual(await page.evaluate(() => callAtOnce(2)), [200, 200])
    assert.equal(await stateOf(page), 'signedIn')
    await pass(20)
    await page.waitForFunction(() => mapae.current.state === 'offline')
    server.troubles.clear()
    await context.clock.fastForward(10_000)
    await page.waitForFunction(() => mapae.current.state === 'signedIn')
  },
)

test('a page renews by itself before the token expires', { skip }, async () => {
  const page = await signIn()
  await pass(545)
  await page.waitForFunction(() => mapae.current.state === 'signedIn')
  for (let waited = 0; refreshes() === 0 && waited < 20; waited += 1) await page.waitForTimeout(50)
  assert.equal(refreshes(), 1)
})

test(
  'signing out in one tab signs the others out, and wins over a renewal on its way',
  { skip },
  async () => {
    const first = await signIn()
    const second = await openTab()
    await second.waitForFunction(() => mapae.current.state === 'signedIn')
    await pass(601)
    server.troubles.set('/v1/refresh', 'slow')
    await second.evaluate(() => {
      void mapae.getToken().catch(() => {})
    })
    await first.evaluate(() => mapae.signOut())
    await second.waitForFunction(() => mapae.current.state === 'signedOut')
    await second.waitForTimeout(300)
    for (const tab of [first, second]) assert.equal(await stateOf(tab), 'signedOut')
    assert.equal(server.calls.find(({ path }) => path === '/v1/logout')?.status, 204)
    await first.reload()
    await first.waitForFunction(() => mapae.current.state === 'signedOut')
  },
)

/** All that a script in the page can carry away from IndexedDB. */
declare const indexedDB: { open(name: string): any }
function readDatabase(): Promise<any> {
  return new Promise((resolve) => {
    const request = indexedDB.open('mapae')
    request.onsuccess = () => {
      const all = request.result.transaction('saved').objectStore('saved').getAll()
      all.onsuccess = () => resolve(JSON.parse(JSON.stringify(all.result[0])))
    }
  })
}

test(
  'tokens stolen from IndexedDB are worth nothing elsewhere, and trying signs both out',
  { skip },
  async () => {
    const page = await signIn('/dpop')
    const stolen = await page.evaluate(readDatabase)
    assert.deepEqual(stolen.key, { privateKey: {}, publicKey: {} })
    const use = await fetch(`${server.url}/v1/me`, {
      headers: { authorization: `Bearer ${stolen.accessToken}` },
    })
    assert.equal(use.status, 401)
    const replay = { refresh_token: stolen.refreshToken }
    const headers = { 'idempotency-key': stolen.attemptKey }
    const without = await server.mapae.call('POST', '/v1/refresh', replay, headers)
    assert.equal(without.body.code, 'invalid_dpop_proof')
    assert.equal(await stateOf(page), 'signedIn')
    const proof = createDpopKey().proof({
      htm: 'POST',
      htu: `${server.url}/v1/refresh`,
      iat: server.mapae.clock.seconds(),
    })
    const taken = await server.mapae.call('POST', '/v1/refresh', replay, {
      ...headers,
      dpop: proof,
    })
    assert.equal(taken.body.code, 'invalid_grant')
    await pass(601)
    await page.waitForFunction(() => mapae.current.state === 'signedOut')
    const events = await server.mapae.mapae.stores.events.newest(10)
    assert.ok(events.some(({ name }) => name === 'token.wrong_key'))
  },
)

test(
  'a stolen cookie that is used elsewhere signs both out, and the operator sees it',
  { skip },
  async () => {
    const page = await signIn()
    const stolen = await context.storageState()
    const thief = await browser.newContext({ storageState: stolen })
    try {
      const refresh = async (): Promise<number> => {
        const tab = await thief.newPage()
        await tab.goto(`${server.url}/react`)
        const status = await tab.evaluate(async () => {
          return (await fetch('/v1/refresh', { method: 'POST' })).status
        })
        await tab.close()
        return status
      }
      await page.close()
      await pass(601)
      assert.equal(await refresh(), 200)
      await pass(601)
      // The owner's answer may have been lost: believed once, and the thief's line is dead.
      const reopened = await openTab()
      await reopened.waitForFunction(() => mapae.current.state === 'signedIn')
      assert.equal(await refresh(), 400)
      await reopened.reload()
      await reopened.waitForFunction(() => mapae.current.state === 'signedOut')
      const events = await server.mapae.mapae.stores.events.newest(10)
      assert.ok(events.some(({ name }) => name === 'token.reuse_detected'))
    } finally {
      await thief.close()
    }
  },
)

declare function mount(): void
declare function unmount(): void
declare function counts(): { listeners: number; timers: number }

test('in React Strict Mode, mounting and unmounting leaves nothing behind', { skip }, async () => {
  const username = `user${(signedUp += 1)}`
  await server.mapae.signUp(username)
  const plain = await browser.newContext()
  try {
    const page = await plain.newPage()
    await page.goto(`${server.url}/react`)
    await page.evaluate((credentials) => mapae.signIn(credentials), {
      username,
      password: PASSWORD,
    })
    const rounds = []
    for (let round = 0; round < 3; round += 1) {
      await page.evaluate(() => mount())
      await page.getByText(`Hello ${username}`).waitFor()
      const mounted = await page.evaluate(() => counts())
      await page.evaluate(() => unmount())
      await page.waitForTimeout(50)
      rounds.push({ mounted, unmounted: await page.evaluate(() => counts()) })
    }
    // React keeps a listener of its own from the first time on.
    const [first, ...later] = rounds
    for (const { mounted, unmounted } of later) {
      assert.deepEqual(unmounted, first!.unmounted)
      assert.ok(mounted.listeners > unmounted.listeners && mounted.timers > unmounted.timers)
    }
    assert.equal(first!.unmounted.timers, 0)
    await page.evaluate(() => mount())
    await page.getByText(`Hello ${username}`).waitFor()
    await page.evaluate(() => mapae.signOut())
    await page.getByText('signedOut').waitFor()
  } finally {
    await plain.close()
  }
})

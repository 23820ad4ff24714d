import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'

import { startChromium } from '../../../tests/browser/chromium.ts'
import { defaultClientSettings } from '../../server/src/domain/client.ts'
import { PASSWORD } from '../../server/tests/test-mapae.ts'
import type { MapaeClient } from '../src/index.ts'
import { createPageServer, type PageServer } from './page-server.ts'

const started = await startChromium()
const skip = started === undefined && 'no browser here'

let server: PageServer
let context: BrowserContext
let signedUp = 0

/** What the pages offer. */
declare const mapae: MapaeClient
declare const document: { readonly cookie: string }

before(async () => {
  server = await createPageServer({
    '/dpop.js': new URL('./pages/dpop-page.ts', import.meta.url),
    '/redirect.js': new URL('./pages/redirect-page.ts', import.meta.url),
  })
})
after(async () => {
  await started?.stop()
  await server.close()
})
beforeEach(async () => {
  if (!started) return
  await context?.close()
  context = await started.browser.newContext()
  await context.clock.install()
})

/** Time passes on the server and on the devices. */
async function pass(seconds: number): Promise<void> {
  server.mapae.clock.advance(seconds)
  await context.clock.fastForward(seconds * 1000)
}

async function openTab(url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  return page
}

async function signUp(): Promise<string> {
  const username = `user${(signedUp += 1)}`
  await server.mapae.signUp(username)
  return username
}

/** Types the password on the server's own page. */
async function enterPassword(page: Page, username: string): Promise<void> {
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
}

test(
  'a page sends its user to the server to sign in, and gets tokens bound to its key',
  { skip },
  async () => {
    await server.mapae.mapae.clients.create('web', {
      ...defaultClientSettings,
      name: 'Web',
      redirectUris: [`${server.url}/dpop`],
      scopes: ['openid', 'profile', 'email'],
      isTrusted: true,
    })
    const username = await signUp()
    const page = await openTab(`${server.url}/dpop`)
    await page.waitForFunction(() => mapae.current.state === 'signedOut')
    await page.evaluate(() => void mapae.signIn())
    await enterPassword(page, username)
    await page.waitForURL(`${server.url}/dpop`)
    await page.waitForFunction(() => mapae.current.state === 'signedIn')
    const first = await page.evaluate(() => mapae.getToken())
    await page.reload()
    await page.waitForFunction(() => mapae.current.state === 'signedIn')
    assert.equal(await page.evaluate(() => mapae.getToken()), first)
    await pass(700)
    await page.waitForFunction((token) => mapae.getToken().then((now) => now !== token), first)
    const claims = JSON.parse(Buffer.from(first.split('.')[1]!, 'base64url').toString())
    assert.equal(claims.client_id, 'web')
    assert.equal(typeof claims.cnf.jkt, 'string')
  },
)

const refreshCookies = async () =>
  (await context.cookies(server.url)).filter(({ name }) => name.startsWith('mapae_rt_'))

for (const origin of ['the same', 'another'] as const) {
  test(
    `a page of ${origin} origin signs in by redirect with the cookie, renews, and signs out of the server too`,
    { skip },
    async () => {
      const home = `${origin === 'another' ? server.otherUrl : server.url}/redirect`
      const settings = {
        ...defaultClientSettings,
        name: 'Pages',
        redirectUris: [home],
        postLogoutRedirectUris: [`${home}?bye`],
        webOrigins: [new URL(home).origin],
        scopes: ['openid', 'profile', 'email'],
        isTrusted: true,
        transport: 'cookie' as const,
      }
      const { clients } = server.mapae.mapae
      if (origin === 'the same') await clients.create('pages', settings)
      else await clients.update('pages', settings)
      const username = await signUp()
      const page = await openTab(home)
      await page.waitForFunction(() => mapae.current.state === 'signedOut')
      await page.evaluate(() => void mapae.signIn())
      await enterPassword(page, username)
      // On this machine and not the server's own: another program could stand in for the page.
      if (origin === 'another') await page.locator('[name=decision][value=allow]').click()
      await page.waitForURL(home)
      await page.waitForFunction((name) => mapae.current.user?.username === name, username)
      const [cookie, ...others] = await refreshCookies()
      assert.equal(others.length, 0)
      assert.deepEqual([cookie!.httpOnly, cookie!.sameSite], [true, 'Strict'])
      const seen = await page.evaluate(() => `${JSON.stringify(localStorage)} ${document.cookie}`)
      assert.doesNotMatch(seen, /eyJ/)

      // A page that was opened anew has the cookie only.
      await page.close()
      await pass(700)
      server.calls.length = 0
      const reopened = await openTab(home)
      await reopened.waitForFunction((name) => mapae.current.user?.username === name, username)
      const renewals = server.calls.filter(({ path }) => path === '/oauth/token')
      assert.deepEqual(renewals, [{ path: '/oauth/token', status: 200 }])
      assert.notEqual((await refreshCookies())[0]!.value, cookie!.value)

      await reopened.evaluate((redirectTo) => void mapae.signOut({ redirectTo }), `${home}?bye`)
      await reopened.waitForURL(`${home}?bye`)
      await reopened.waitForFunction(() => mapae.current.state === 'signedOut')
      assert.deepEqual(await refreshCookies(), [])
      assert.equal(server.calls.find(({ path }) => path === '/oauth/revoke')?.status, 200)
      // The server does not know the user any more.
      await reopened.evaluate(() => void mapae.signIn())
      await reopened.locator('[name=password]').waitFor()
    },
  )
}

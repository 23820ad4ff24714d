import type { Browser, BrowserContext, Page } from 'playwright-core'

import { createPageServer, type PageServer } from '../../packages/client/tests/page-server.ts'
import { defaultClientSettings } from '../../packages/server/src/domain/client.ts'
import type { AskingBrowser } from '../../packages/server/src/oauth/authorize/authorize.ts'

/** What the pages of the contestants offer. */
declare const subject: { signIn(): unknown; token(): Promise<string> }
declare const isReady: boolean

const EXPIRED_SECONDS = 601
const DAY_SECONDS = 86_400

export interface Scenarios {
  /** Requests that renewed the token. */
  readonly renewals: number
  readonly afterLostAnswer: string
  readonly afterTheft: string
}

/** Plays what goes wrong in the field: each scenario with a user of its own. */
export async function playScenarios(browser: Browser, page: URL): Promise<Scenarios> {
  let asking: AskingBrowser | null = null
  const server = await createPageServer(
    { '/client.js': page },
    { findAskingBrowser: async () => asking },
  )
  try {
    await server.mapae.mapae.clients.create('web', {
      ...defaultClientSettings,
      name: 'Web',
      redirectUris: [`${server.url}/`],
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      isTrusted: true,
    })
    await server.mapae.signUp('mina')
    const user = await server.mapae.mapae.stores.users.findByUsernameKey('mina')
    const start = async (): Promise<Device> => {
      const { clock } = server.mapae
      asking = {
        id: 'browser',
        userId: user!.id,
        authenticatedAt: clock.seconds(),
        methods: ['pwd'],
      }
      return signIn(browser, server)
    }
    return {
      renewals: await countRenewals(await start()),
      afterLostAnswer: await loseAnswer(await start()),
      afterTheft: await steal(await start(), browser),
    }
  } finally {
    await server.close()
  }
}

/** A browser whose user is signed in. */
interface Device {
  readonly server: PageServer
  readonly context: BrowserContext
  readonly page: Page
}

async function signIn(browser: Browser, server: PageServer): Promise<Device> {
  const context = await browser.newContext()
  await context.clock.install()
  const page = await openTab(context, server)
  await page.evaluate(() => void subject.signIn())
  // The page leaves, and comes back with a code.
  await page.waitForFunction(() =>
    subject.token().then(
      () => true,
      () => false,
    ),
  )
  return { server, context, page }
}

async function openTab(context: BrowserContext, server: PageServer): Promise<Page> {
  const page = await context.newPage()
  await page.goto(server.url)
  await page.waitForFunction(() => isReady)
  return page
}

async function pass({ server, context }: Device, seconds: number): Promise<void> {
  server.mapae.clock.advance(seconds)
  await context.clock.fastForward(seconds * 1000)
}

const hasToken = (page: Page): Promise<boolean> =>
  page.evaluate(() =>
    subject.token().then(
      () => true,
      () => false,
    ),
  )

async function countRenewals(device: Device): Promise<number> {
  const { server, context, page } = device
  const tabs = [page]
  while (tabs.length < 4) tabs.push(await openTab(context, server))
  server.calls.length = 0
  await pass(device, EXPIRED_SECONDS)
  await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async () => {
        await Promise.all(Array.from({ length: 50 }, () => subject.token()))
      }),
    ),
  )
  await context.close()
  return server.calls.filter(({ path, status }) => path === '/oauth/token' && status === 200).length
}

async function loseAnswer(device: Device): Promise<string> {
  const { server, context, page } = device
  server.troubles.set('/oauth/token', 'answer lost')
  await pass(device, EXPIRED_SECONDS)
  await hasToken(page)
  await page.close()
  server.troubles.clear()
  await pass(device, DAY_SECONDS)
  const isIn = await hasToken(await openTab(context, server))
  await context.close()
  return isIn ? 'signed in' : 'signed out'
}

/** All that a script can read is used in another browser, in turns with the owner. */
async function steal(device: Device, browser: Browser): Promise<string> {
  const { server, context, page } = device
  const storageState = await context.storageState({ indexedDB: true })
  await page.close()
  const elsewhere = await browser.newContext({ storageState })
  await elsewhere.clock.install()

  /** Whether a page that is opened after the last token has expired gets another one. */
  async function comesLater(who: BrowserContext): Promise<boolean> {
    server.mapae.clock.advance(EXPIRED_SECONDS)
    for (const each of [context, elsewhere]) await each.clock.fastForward(EXPIRED_SECONDS * 1000)
    const tab = await openTab(who, server)
    const got = await hasToken(tab)
    await tab.close()
    return got
  }

  const thief = [await comesLater(elsewhere)]
  const owner = [await comesLater(context)]
  thief.push(await comesLater(elsewhere))
  owner.push(await comesLater(context))
  await elsewhere.close()
  await context.close()
  return `the thief gets ${timesOf(thief)}, the owner ${owner.every(Boolean) ? 'goes on' : 'is signed out'}`
}

function timesOf(got: readonly boolean[]): string {
  if (!got.includes(true)) return 'nothing'
  return got.every(Boolean) ? 'tokens' : 'tokens once'
}

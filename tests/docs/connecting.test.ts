import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { createPageDriver, type PageAnswer } from '../../packages/server/tests/ui/page-driver.ts'
import { readPage } from './pages.ts'
import { assertRanAsStated } from './printed-as-stated.ts'
import { runPage, type RanPage } from './run-page.ts'
import { loadSnippet } from './snippets.ts'

// Its types want those of browsers for everything.
const { Auth } = createRequire(import.meta.url)('@auth/core') as {
  Auth: (request: Request, config: object) => Promise<Response>
}

const page = readPage('docs/en/connecting.md')
const APPLICATION = 'http://localhost:3000'

test('docs/en/connecting.md: every command works, and the code signs a user in', async () => {
  const { steps } = await runPage(page, async (ran) => {
    await tryOpenidClient(ran)
    await tryAuth(ran)
  })
  assertRanAsStated(page, steps)
})

async function tryOpenidClient(ran: RanPage): Promise<void> {
  process.env['CLIENT_SECRET'] = secretOf(ran, 'client create shop')
  const { signIn, callback } = await loadSnippet(page, 'openid-client', hereOf(ran))
  const session: { user?: string } = {}
  const returned = await visit(ran.url, await signIn!(session))
  const info = await callback!(session, returned)
  assert.equal(info.preferred_username, 'demo')
  assert.equal(session.user, info.sub)
}

async function tryAuth(ran: RanPage): Promise<void> {
  process.env['AUTH_MAPAE_SECRET'] = secretOf(ran, 'client create next')
  const { mapae } = await loadSnippet(page, 'OIDCConfig', hereOf(ran))
  const config = {
    basePath: '/api/auth',
    secret: 'of this test',
    trustHost: true,
    providers: [mapae],
  }
  const browser = createPageDriver({
    mapae: { fetch: (request: Request) => Auth(request, { ...config }) },
    config: { issuer: APPLICATION },
  } as never)
  const { csrfToken } = JSON.parse((await browser.get('/api/auth/csrf')).text)
  const leaving = await browser.post('/api/auth/signin/mapae', { csrfToken })
  const returned = await visit(ran.url, leaving.location!)
  assert.equal(returned.pathname, '/api/auth/callback/mapae')
  await browser.get(returned.pathname + returned.search)
  const { user } = JSON.parse((await browser.get('/api/auth/session')).text)
  assert.equal(user.name, 'demo')
}

function hereOf({ url }: RanPage): (text: string) => string {
  return (text) => text.replaceAll('http://localhost:4477', url)
}

function secretOf({ steps }: RanPage, command: string): string {
  const { output } = steps.find(({ commands }) => commands.includes(command))!
  return /mcs_\S+/.exec(output)![0]
}

/** What the user `demo` does with the authorization URL in a browser; where that ends. */
async function visit(issuer: string, url: string): Promise<URL> {
  const browser = createPageDriver({
    mapae: { fetch: (request: Request) => fetch(request, { redirect: 'manual' }) },
    config: { issuer },
  } as never)
  let next = new URL(url)
  while (next.origin === issuer) {
    const { location }: PageAnswer = await answer(browser, next)
    assert.ok(location !== null, `${next.pathname} leads on`)
    next = new URL(location, issuer)
  }
  assert.equal(next.origin, APPLICATION)
  return next
}

function answer(browser: ReturnType<typeof createPageDriver>, { pathname, search }: URL) {
  const path = pathname + search
  if (pathname === '/sign-in') {
    return browser.submit(path, { username: 'demo', password: 'correct horse 9' })
  }
  return pathname === '/consent' ? browser.submit(path, { decision: 'allow' }) : browser.get(path)
}

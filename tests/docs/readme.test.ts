import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Hono } from 'hono'

import { readPage } from './pages.ts'
import { assertRanAsStated } from './printed-as-stated.ts'
import { runPage, type RanPage } from './run-page.ts'
import { loadSnippet } from './snippets.ts'

const USER = { username: 'demo', password: 'correct horse 9' }

// The Korean page has the same commands and outputs: translations.test.ts holds it to that.
test('README.md: every command works and prints what is said', async () => {
  const page = readPage('README.md')
  const { steps } = await runPage(page, async ({ url }: RanPage) => {
    const here = (text: string) => text.replaceAll('http://localhost:4477', url)
    await tryVerifying(await loadSnippet(page, '@mapae/verify', here), url)
  })
  assert.ok(steps.length >= 10, 'the page has its commands')
  assertRanAsStated(page, steps)
})

/** The API's snippet: a good token, one that was changed, and one whose session ended. */
async function tryVerifying(
  { api, auth }: Awaited<ReturnType<typeof loadSnippet>>,
  url: string,
): Promise<void> {
  const verifier = auth as unknown as { ready(): Promise<void>; close(): void }
  const { request } = api as unknown as Hono
  const signedIn = await fetch(`${url}/v1/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(USER),
  })
  const { access_token: accessToken } = (await signedIn.json()) as { access_token: string }
  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
  const ask = (token: string) => request('/api/orders', bearer(token))
  try {
    await verifier.ready()
    const me = await fetch(`${url}/v1/me`, bearer(accessToken))
    const { id } = (await me.json()) as { id: string }
    const answer = (await (await ask(accessToken)).json()) as { user: string }
    assert.equal(answer.user, id)
    const [header, , signature] = accessToken.split('.')
    const changed = `${header}.${Buffer.from('{"sub":"me"}').toString('base64url')}.${signature}`
    assert.equal((await ask(changed)).status, 401)
    await fetch(`${url}/v1/logout`, { method: 'POST', ...bearer(accessToken) })
    const start = performance.now()
    while ((await ask(accessToken)).status === 200) {
      assert.ok(performance.now() - start < 10_000, 'the API learns of the logout')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  } finally {
    verifier.close()
  }
}

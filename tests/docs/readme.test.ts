import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readPage } from './pages.ts'
import { isPrintedAsStated } from './printed-as-stated.ts'
import { runPage, type RanPage } from './run-page.ts'
import { loadSnippet } from './snippets.ts'

const USER = { username: 'demo', password: 'correct horse 9' }

for (const path of ['README.md', 'README.ko.md']) {
  test(`${path}: every command works and prints what is said`, async () => {
    const page = readPage(path)
    const { steps } = await runPage(page, async ({ url }: RanPage) => {
      const here = (text: string) => text.replaceAll('http://localhost:4477', url)
      await tryVerifying(await loadSnippet(page, 'createVerifier', here), url)
      await tryBrowser(await loadSnippet(page, "transport: 'cookie'", here), url)
    })
    assert.ok(steps.length >= 10, 'the page has its commands')
    for (const { status, commands, output, expected, line } of steps) {
      assert.equal(status, 0, `${path}:${line} failed:\n${commands}\n${output}`)
      if (expected === null) continue
      assert.ok(isPrintedAsStated(output, expected), `${path}:${line} printed:\n${output}`)
    }
  })
}

/** The resource server's snippet: one good token, one that was changed. */
async function tryVerifying(
  { whoIsAsking }: Awaited<ReturnType<typeof loadSnippet>>,
  url: string,
): Promise<void> {
  const answer = await fetch(`${url}/v1/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(USER),
  })
  const { access_token: accessToken } = (await answer.json()) as { access_token: string }
  const me = await fetch(`${url}/v1/me`, { headers: { Authorization: `Bearer ${accessToken}` } })
  const { id } = (await me.json()) as { id: string }
  assert.equal((await whoIsAsking!(accessToken)).userId, id)
  const [header, , signature] = accessToken.split('.')
  const changed = `${header}.${Buffer.from('{"sub":"me"}').toString('base64url')}.${signature}`
  await assert.rejects(whoIsAsking!(changed), { code: 'signature_invalid' })
}

/** The browser's snippet, with what a browser adds to calls within one origin. */
async function tryBrowser(
  { signIn, refresh }: Awaited<ReturnType<typeof loadSnippet>>,
  url: string,
): Promise<void> {
  const { fetch: network } = globalThis
  let cookie = ''
  globalThis.fetch = async (path, options) => {
    const headers = new Headers(options?.headers)
    headers.set('Origin', url)
    headers.set('Sec-Fetch-Site', 'same-origin')
    if (cookie !== '') headers.set('Cookie', cookie)
    const answer = await network(`${url}${path as string}`, { ...options, headers })
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return answer
  }
  try {
    const signedIn = await signIn!(USER.username, USER.password)
    assert.equal(signedIn.status, 200)
    assert.equal(signedIn.body.refresh_token, undefined, 'no script sees the refresh token')
    const refreshed = await refresh!()
    assert.equal(refreshed.status, 200)
    assert.match(refreshed.body.access_token, /^eyJ/)
  } finally {
    globalThis.fetch = network
  }
}

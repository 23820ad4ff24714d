import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, test } from 'node:test'

import { startDevelopmentServer } from '../../../../tests/browser/development-server.ts'
import { createTestMapae } from '../test-mapae.ts'

const development = await startDevelopmentServer(60)
const production = await createTestMapae()
after(async () => {
  await development.stop()
  await production.close()
})

const { url } = development
const page = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers })

/** With headers that `fetch` does not let anybody set. */
async function raw(method: string, path: string, headers: Record<string, string>) {
  return new Promise<number>((resolve, reject) => {
    const outgoing = request(url + path, { method, headers }, (incoming) => {
      incoming.resume()
      resolve(incoming.statusCode!)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

for (const path of ['/', '/demo', '/inspector', '/mail', '/demo/docs/demo']) {
  test(`${path} allows nothing but its own files`, async () => {
    const { status, headers } = await page(path)
    assert.equal(status, 200)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/)
    assert.match(policy, /require-trusted-types-for 'script'; trusted-types 'none'$/)
    assert.doesNotMatch(policy, /unsafe|\*|data:|blob:/)
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(headers.get('cross-origin-embedder-policy'), 'require-corp')
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
  })

  test(`${path} has no script and no style inside, and files that may be kept`, async () => {
    const html = await (await page(path)).text()
    assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/)
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+-[\w]{8}\.\w+)"/g)].map(
      ([, file]) => file!,
    )
    assert.ok(files.length > 0)
    for (const file of files) {
      const { status, headers } = await page(file)
      assert.equal(status, 200, file)
      assert.match(headers.get('cache-control') ?? '', /immutable/)
    }
  })
}

test('the language: what the switch says, then what it said, then what the browser prefers', async () => {
  const cases: [string, Record<string, string>, string][] = [
    ['/', {}, 'en'],
    ['/', { 'Accept-Language': 'fr, ko-KR;q=0.8, en;q=0.5' }, 'ko'],
    ['/', { 'Accept-Language': 'ko;q=0, *' }, 'en'],
    ['/', { 'Accept-Language': 'ko', Cookie: 'mapae_language=en' }, 'en'],
    ['/', { Cookie: 'mapae_language=xx' }, 'en'],
    ['/demo?lang=ko', { Cookie: 'mapae_language=en' }, 'ko'],
    ['/inspector?lang=tlh', { 'Accept-Language': 'ko' }, 'ko'],
  ]
  for (const [path, headers, language] of cases) {
    const answer = await page(path, headers)
    const asked = JSON.stringify([path, headers])
    assert.match(await answer.text(), new RegExp(`<html lang="${language}">`), asked)
  }
  assert.match((await page('/?lang=ko')).headers.get('set-cookie') ?? '', /^mapae_language=ko;/)
})

test('only this machine is answered, and only pages of this server change something', async () => {
  const { host, origin } = new URL(url)
  const cases: [string, string, Record<string, string>, number][] = [
    ['GET', '/demo', {}, 200],
    ['GET', '/demo', { Host: 'evil.example' }, 404],
    ['GET', '/demo', { Host: `localhost.evil.example:80` }, 404],
    ['GET', '/demo', { 'X-Forwarded-For': '192.0.2.1' }, 404],
    ['GET', '/demo', { Forwarded: 'for=192.0.2.1' }, 404],
    ['POST', '/demo/guest', { Host: host, Origin: origin }, 200],
    ['POST', '/demo/guest', {}, 403],
    ['POST', '/demo/rotate-key', {}, 403],
    ['POST', '/demo/rotate-key', { Origin: 'null' }, 403],
    ['POST', '/demo/session-style', { Origin: 'https://evil.example' }, 403],
    ['GET', '/demo/docs/rotation', {}, 200],
    ['GET', '/demo/docs/..%2f..%2fREADME', {}, 404],
    ['POST', '/demo/guest', { Origin: 'https://evil.example' }, 403],
    ['POST', '/demo/guest', { Host: 'evil.example', Origin: 'http://evil.example' }, 404],
    ['GET', '/demo/guest', {}, 405],
    ['GET', '/demo/assets/..%2f..%2fpackage.json', {}, 404],
    ['GET', '/demo/assets/constructor', {}, 404],
    ['GET', '/demo/nothing', {}, 404],
  ]
  for (const [method, path, headers, status] of cases) {
    assert.equal(await raw(method, path, headers), status, JSON.stringify([method, path, headers]))
  }
})

test('the tokens of the guest live shorter than those of others', async () => {
  const post = async (path: string, body: object, headers = {}) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return (await answer.json()) as any
  }
  const guest = await post('/demo/guest', {}, { Origin: url })
  assert.equal((await post('/v1/login', guest)).expires_in, 60)
  const other = { username: 'mina', password: 'purple-otter-vs-9-lamps' }
  assert.equal((await post('/v1/signup', other)).expires_in, 600)
})

test('a session of somebody else is not shown to the demo', async () => {
  const answer = await fetch(`${url}/v1/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'mina', password: 'purple-otter-vs-9-lamps' }),
  })
  const { access_token } = (await answer.json()) as { access_token: string }
  const { sid } = JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString())
  const shown = await fetch(`${url}/demo/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: url },
    body: JSON.stringify({ session_id: sid }),
  })
  assert.equal(shown.status, 404)
})

test('a session cookie ends with its session', async () => {
  const json = { 'Content-Type': 'application/json', Origin: url }
  const post = (path: string, body: object, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(body),
    })
  const guest = (await (await post('/demo/guest', {})).json()) as object
  const tokens = (await (await post('/v1/login', guest)).json()) as any
  const authorization = { Authorization: `Bearer ${tokens.access_token}` }
  const started = await post('/demo/session-style', {}, authorization)
  const [cookie] = started.headers.get('set-cookie')!.split(';')
  const call = () => page('/demo/api/orders-by-session', { Cookie: cookie! })
  const answer = await call()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-demo-queries'), '2')
  assert.equal((await page('/demo/api/orders', authorization)).headers.get('x-demo-queries'), '0')
  await post('/v1/logout', { refresh_token: tokens.refresh_token })
  assert.equal((await call()).status, 401)
  assert.equal(
    (await page('/demo/api/orders-by-session', { Cookie: 'demo_session=a' })).status,
    401,
  )
  assert.equal((await post('/demo/session-style', {})).status, 401)
})

test('production has a plain first page, and nothing of the demo', async () => {
  const { fetch: answer } = production.mapae
  for (const path of ['/demo', '/demo/guest', '/demo/api/orders', '/inspector', '/mail']) {
    assert.equal((await answer(new Request(`https://auth.example.com${path}`))).status, 404, path)
  }
  const home = await answer(new Request('https://auth.example.com/'))
  const html = await home.text()
  assert.match(html, /This is an authentication server/)
  assert.doesNotMatch(html, /demo|inspector/i)
})

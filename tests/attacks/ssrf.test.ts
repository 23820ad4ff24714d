import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'

import {
  createOutgoingFetch,
  OutgoingRefusal,
} from '../../packages/server/src/http/outgoing-fetch.ts'

/** One line of `ssrf.jsonl`: an address that a client names, and why nothing is asked there. */
interface SsrfCase {
  readonly name: string
  readonly url: string
  /** What the name leads to. */
  readonly resolves?: readonly string[]
  readonly code: OutgoingRefusal['code']
  readonly source: string
}

const cases = readFileSync(new URL('./ssrf.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as SsrfCase)

const MANY_BYTES = 300_000
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.headers.host} ${request.url}`)
  if (request.url === '/redirect') {
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  } else if (request.url === '/many') {
    response.end('a'.repeat(MANY_BYTES))
  } else if (request.url === '/echo') {
    const { 'content-type': type = '' } = request.headers
    request.pipe(response.writeHead(201, { 'x-type': type, 'set-cookie': ['a=1', 'b=2'] }))
  } else if (request.url === '/drop') {
    request.socket.destroy()
  } else if (request.url !== '/silent') {
    response.setHeader('cache-control', 'max-age=60').end('{"keys":[]}')
  }
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
after(() => {
  server.closeAllConnections()
  server.close()
})

const refusal = (code: OutgoingRefusal['code']) => (error: unknown) => {
  assert.ok(error instanceof OutgoingRefusal, String(error))
  assert.equal(error.code, code)
  return true
}

test('every case has another name', () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
})

for (const { name, url, resolves, code } of cases) {
  test(`nothing is asked of ${name}: ${code}`, async () => {
    const fetch = createOutgoingFetch({
      allowsLoopback: false,
      resolve: async () => resolves ?? assert.fail('a literal address was looked up'),
    })
    await assert.rejects(fetch(url), refusal(code))
  })
}

test('in development this machine may be asked, and still no other one', async () => {
  const fetch = createOutgoingFetch({ allowsLoopback: true, resolve: async () => ['10.0.0.1'] })
  const answer = await fetch(`http://127.0.0.1:${port}/keys`)
  assert.deepEqual([answer.status, await answer.text()], [200, '{"keys":[]}'])
  assert.equal(answer.headers.get('cache-control'), 'max-age=60')
  await assert.rejects(fetch('http://keys.example/'), refusal('address_not_public'))
  await assert.rejects(fetch('http://192.168.0.1/'), refusal('address_not_public'))
  const resolved = createOutgoingFetch({ allowsLoopback: true, resolve: async () => ['8.8.8.8'] })
  await assert.rejects(resolved('http://keys.example/'), refusal('url_invalid'))
})

test('what is asked is the address that was looked at, once, by the name that was given', async () => {
  let lookups = 0
  const fetch = createOutgoingFetch({
    allowsLoopback: true,
    resolve: async () => (++lookups === 1 ? ['127.0.0.1'] : ['10.0.0.1']),
  })
  assert.equal((await fetch(`http://keys.example:${port}/here`)).status, 200)
  assert.equal(lookups, 1)
  assert.equal(asked.at(-1), `GET keys.example:${port} /here`)
})

const fetchHere = createOutgoingFetch({ allowsLoopback: true, timeoutMilliseconds: 300 })
const here = (path: string) => `http://127.0.0.1:${port}${path}`

test('a redirect is an answer, and leads nowhere', async () => {
  const before = asked.length
  const answer = await fetchHere(here('/redirect'))
  assert.equal(answer.status, 302)
  assert.equal(asked.length, before + 1)
})

test('a body is sent, and headers come back', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await fetchHere(here('/echo'), { method: 'POST', headers, body: 'a=한글' })
  assert.deepEqual([answer.status, await answer.text()], [201, 'a=한글'])
  assert.equal(answer.headers.get('x-type'), 'application/x-www-form-urlencoded')
  assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2'])
})

test('neither a long answer nor a silent one is waited for', async () => {
  await assert.rejects(fetchHere(here('/many')), refusal('answer_too_large'))
  await assert.rejects(fetchHere(here('/silent')), refusal('timed_out'))
  await assert.rejects(fetchHere(here('/drop')), /socket hang up/)
  const slow = createOutgoingFetch({
    allowsLoopback: false,
    timeoutMilliseconds: 50,
    resolve: () => new Promise(() => {}),
  })
  await assert.rejects(slow('https://keys.example/'), refusal('timed_out'))
  const gone = fetchHere(here('/silent'), { signal: AbortSignal.timeout(20) })
  await assert.rejects(gone)
})

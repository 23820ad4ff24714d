import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'

import {
  createOutgoingFetch,
  type OutgoingFetch,
} from '../../packages/server/src/http/outgoing-fetch.ts'
import {
  createOAuthWorld,
  locationOf,
  REDIRECT_URI,
} from '../../packages/server/tests/oauth/relying-party.ts'

/** One line of `client-documents.jsonl`: an agent that gets nowhere. */
interface DocumentCase {
  readonly name: string
  readonly client_id: string
  /** What the name leads to; without it, to the server of this test. */
  readonly resolves?: readonly string[]
  /** Goes over a good document; null takes out. */
  readonly document?: Readonly<Record<string, unknown>>
  /** Instead of a document. `{silence}` and `{drip}`: there is no end. */
  readonly body?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** `busy`: it could not be read now. Without it: there is no such client. */
  readonly told?: 'busy'
  readonly source: string
}

const cases = readFileSync(new URL('./client-documents.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as DocumentCase)

let current: Partial<DocumentCase> = {}
let asked = 0
const web = createServer((_request, response) => {
  asked++
  const { status = 200, headers } = current
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  if (current.body === '{silence}') response.flushHeaders()
  else if (current.body === '{drip}') drip(response)
  else response.end(filled(current.body ?? JSON.stringify(documentOf(current))))
})
await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
const { port } = web.address() as AddressInfo

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 10)
  response.once('close', () => clearInterval(timer))
}

function documentOf({ client_id: id, document }: Partial<DocumentCase>): object {
  const whole = { client_id: id, client_name: 'Agent', redirect_uris: [REDIRECT_URI], ...document }
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null))
}

const filled = (text: string) =>
  text.replace(/\{repeat (\d+) (.)\}/, (_, count, character) => character.repeat(Number(count)))

/** The real one: what it lets through arrives at the server of this test instead of on the web. */
const outgoingFetch: OutgoingFetch = async (url, request) => {
  const guarded = createOutgoingFetch({
    allowsLoopback: false,
    resolve: async () => current.resolves ?? ['8.8.8.8'],
  })
  const isLiteral = /^https:\/\/[\d[]/.test(url)
  if (isLiteral || current.resolves !== undefined) return guarded(url, request)
  const here = createOutgoingFetch({ allowsLoopback: true, timeoutMilliseconds: 200 })
  return here(`http://127.0.0.1:${port}${new URL(url).pathname}`, request)
}

const world = await createOAuthWorld({ clientMetadataDocuments: 'on' }, undefined, outgoingFetch)
after(async () => {
  await world.close()
  web.closeAllConnections()
  web.close()
})
await world.signUp('mina')
await world.createClient('app')
world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)

test('every case has another name, and the document that they change is good', async () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
  current = { client_id: 'https://agent.example.com/client.json' }
  const answer = await world.authorize(current.client_id!, { scope: 'openid' })
  assert.equal(locationOf(answer)?.pathname, '/consent', answer.text)
  assert.equal(asked, 1)
})

for (const one of cases) {
  test(`nobody signs in through ${one.name}`, async () => {
    current = one
    // What was read before is forgotten, and so is how often the host was asked.
    world.clock.advance(3600)
    world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)
    const before = asked
    const answer = await world.authorize(one.client_id, { scope: 'openid' })
    const expected = one.told === 'busy' ? 503 : 400
    assert.equal(answer.status, expected, answer.text)
    assert.equal(answer.headers.get('location'), null)
    const isAsked = ['document', 'body', 'status', 'headers'].some((part) => part in one)
    assert.equal(asked - before, isAsked ? 1 : 0)
    const form = { grant_type: 'refresh_token', refresh_token: 'a.b.c', client_id: one.client_id }
    const refused = await world.token(form)
    assert.ok([400, 401, 503].includes(refused.status), refused.text)
    assert.equal(asked - before, isAsked ? 1 : 0)
  })
}

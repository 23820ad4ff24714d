import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createClientKey, withAssertion } from './client-key.ts'
import { createOAuthWorld, REDIRECT_URI } from './relying-party.ts'

const HOST = 'https://slow.example.org'

/** Addresses that answer when they are told to. */
const waiting = new Map<string, () => void>()
let isSilent = true
let calls = 0
const world = await createOAuthWorld(
  { clientRegistration: 'open', clientMetadataDocuments: 'on' },
  undefined,
  async (url) => {
    calls++
    if (isSilent) await new Promise<void>((resolve) => waiting.set(url, resolve))
    return Response.json(url.endsWith('/sector') ? [REDIRECT_URI] : (key.jwks ?? {}))
  },
)
after(() => world.close())
const key = await createClientKey('robot')
let strangers = 0

function register(more: object) {
  const metadata = { redirect_uris: [REDIRECT_URI], ...more }
  return world.call('POST', '/oauth/register', metadata, {}, `192.0.2.${++strangers}`)
}

async function registered(jwksUri: string): Promise<string> {
  const by = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: jwksUri }
  const { status, body } = await register(by)
  assert.equal(status, 201, JSON.stringify(body))
  return body.client_id
}

async function ask(clientId: string) {
  const claims = { iss: clientId, sub: clientId, jti: String(Math.random()) }
  const assertion = await key.assertion(world.clock.seconds(), claims)
  return world.token({
    grant_type: 'refresh_token',
    refresh_token: 'x',
    ...withAssertion(assertion),
  })
}

/** Until that many calls wait. */
async function untilCalled(count: number): Promise<void> {
  while (waiting.size < count) await new Promise(setImmediate)
}

function answerAll(): void {
  for (const answer of waiting.values()) answer()
  waiting.clear()
}

test('strangers have one host asked for keys four times at once, and are told to come back', async () => {
  const ids = await Promise.all([1, 2, 3, 4, 5].map((path) => registered(`${HOST}/${path}`)))
  const running = ids.slice(0, 4).map((id) => ask(id))
  await untilCalled(4)
  const before = calls
  const busy = await ask(ids[4]!)
  assert.deepEqual([busy.status, busy.body.error], [503, 'temporarily_unavailable'])
  assert.equal(calls, before)
  // Within the wait after a failure nobody is asked, and the answer stays the same.
  assert.equal((await ask(ids[4]!)).status, 503)

  const sector = { subject_type: 'pairwise', sector_identifier_uri: `${HOST}/sector` }
  const refused = await register(sector)
  assert.deepEqual([refused.status, refused.body.error], [503, 'temporarily_unavailable'])
  const elsewhere = register({ ...sector, sector_identifier_uri: 'https://b.example.org/sector' })
  await untilCalled(5)

  // What operators made known is asked for all the same.
  const settings = { authenticationMethod: 'private_key_jwt', jwksUri: `${HOST}/own` } as const
  await world.createClient('own', settings)
  const own = ask('own')
  await untilCalled(6)
  isSilent = false
  answerAll()
  assert.equal((await elsewhere).status, 201)
  for (const answer of await Promise.all([...running, own])) {
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
  }
  world.clock.advance(2)
  assert.equal((await ask(ids[4]!)).body.error, 'invalid_grant')
})

test('documents of one host are read four at once, and the fifth is not taken for silent', async () => {
  isSilent = true
  const address = (path: number) => `${HOST}/agents/${path}.json`
  const asked = (path: number) => world.authorize(address(path), { scope: 'openid' })
  const running = [1, 2, 3, 4].map((path) => asked(path))
  await untilCalled(4)
  assert.equal((await asked(5)).status, 503)
  isSilent = false
  answerAll()
  await Promise.all(running)
  // Read at once, and no client: the answer describes none.
  assert.equal((await asked(5)).status, 400)
})

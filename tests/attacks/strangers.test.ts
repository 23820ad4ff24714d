import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'

import {
  basic,
  createOAuthWorld,
  locationOf,
  query,
  REDIRECT_URI,
  wayOnIn,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ISSUER } from '../../packages/server/tests/test-mapae.ts'

type Asked = Readonly<Record<string, string | readonly string[]>>

/** One line of `strangers.jsonl`: what a client that no operator knows must not get by asking. */
interface StrangerCase {
  readonly name: string
  /** Further metadata of the client. */
  readonly says?: object
  /** What the user allowed it before. */
  readonly consented?: readonly Asked[]
  readonly asks: Asked
  readonly error: string
  readonly source: string
}

const cases = readFileSync(new URL('./strangers.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as StrangerCase)

const FILES = 'https://files.example.com'
const NOTES = 'https://notes.example.com'
const SECOND_URI = 'https://app.example.com/second'

/** Documents by their address. */
const web = new Map<string, object>()
const world = await createOAuthWorld(
  { clientMetadataDocuments: 'on', clientRegistration: 'open' },
  undefined,
  async (url) => Response.json(web.get(url), { status: web.has(url) ? 200 : 404 }),
)
after(() => world.close())
await world.signUp('mina')
const userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
world.signIn(userId)

const secrets: Record<string, string> = {}
for (const [id, audience, open] of [
  ['files', FILES, ['files:read', 'files:write']],
  ['notes', NOTES, ['notes:read', 'files:read']],
  ['closed', 'https://closed.example.com', []],
] as const) {
  secrets[id] = await world.createClient(id, {
    authenticationMethod: 'client_secret_basic',
    redirectUris: [],
    grants: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    scopes: ['files:read', 'files:admin'],
    audiences: [NOTES],
    resource: { audience, accessTokenAlgorithm: null, encryptionJwk: null },
    openScopes: open.map((scope) => ({ scope, text: null })),
  })
}

let strangers = 0

/** A new client of either kind; returns its identifier. */
const introduce: Readonly<Record<string, (says?: object) => Promise<string>>> = {
  async document(says) {
    const id = `https://agent${++strangers}.example.com/client.json`
    web.set(id, { ...metadata, ...says, client_id: id })
    return id
  },
  async registered(says) {
    const wanted = { ...metadata, ...says, token_endpoint_auth_method: 'none' }
    const address = `192.0.2.${++strangers}`
    const made = await world.call('POST', '/oauth/register', wanted, {}, address)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body.client_id
  },
}
const metadata = {
  client_name: 'Agent',
  redirect_uris: [REDIRECT_URI, SECOND_URI, 'http://127.0.0.1/cb'],
  scope: 'openid',
}

function ask(clientId: string, { resource = [], ...asks }: Asked) {
  const search = new URLSearchParams(query(clientId, asks as Record<string, string>))
  for (const one of [resource].flat()) search.append('resource', one)
  return world.send('GET', `/oauth/authorize?${search.toString()}`, null)
}

/** The user is asked, and allows it. */
async function allow(clientId: string, asks: Asked): Promise<string> {
  const asked = locationOf(await ask(clientId, asks))!
  assert.equal(asked.pathname, '/consent', asked.href)
  const id = asked.searchParams.get('request')!
  const waiting = (await world.mapae.oauth.waitingRequests.find(id))!
  await world.mapae.oauth.grantConsent(userId, waiting, null)
  const requestUri = `urn:ietf:params:oauth:request_uri:${id}`
  const again = new URLSearchParams({ client_id: clientId, request_uri: requestUri }).toString()
  const answer = await world.send('GET', `/oauth/authorize?${again}`, null)
  return locationOf(answer)!.searchParams.get('code')!
}

test('every case has another name', () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
})

for (const [kind, make] of Object.entries(introduce)) {
  for (const one of cases) {
    test(`a ${kind} client does not get ${one.name}`, async () => {
      const clientId = await make(one.says)
      for (const consented of one.consented ?? []) await allow(clientId, consented)
      const answer = await ask(clientId, one.asks)
      // Whoever was allowed nothing yet is told when the person goes on.
      const { searchParams, href } = locationOf(answer) ?? new URL(wayOnIn(answer))
      assert.equal(searchParams.get('error'), one.error, href)
      assert.equal(searchParams.has('code'), false)
      assert.equal(searchParams.get('iss'), ISSUER)
      // What is granted is: else the case would show nothing.
      for (const consented of one.consented ?? []) {
        if (consented !== one.consented!.at(-1) || 'redirect_uri' in consented) continue
        const silent = await ask(clientId, { ...consented, prompt: 'none' })
        assert.ok(locationOf(silent)!.searchParams.has('code'), one.name)
      }
    })
  }

  test(`a ${kind} client gets no more at the token endpoint than its user allowed`, async () => {
    const clientId = await make()
    const allowed = { scope: 'files:read', resource: FILES }
    const code = await allow(clientId, allowed)
    const wrong = await world.exchange(clientId, code, { resource: NOTES })
    assert.equal(wrong.body.error, 'invalid_target')
    const tokens = await world.exchange(clientId, code, { resource: FILES })
    assert.equal(tokens.body.scope, 'files:read', tokens.text)
    let refreshToken: string = tokens.body.refresh_token
    const refresh = async (more: Record<string, string>) => {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...more }
      const answer = await world.token({ ...form, client_id: clientId })
      refreshToken = answer.body.refresh_token ?? refreshToken
      return answer
    }
    for (const [more, error] of [
      [{ scope: 'files:write' }, 'invalid_scope'],
      [{ scope: 'files:read files:write' }, 'invalid_scope'],
      [{ scope: 'files:read openid' }, 'invalid_scope'],
      [{ resource: NOTES }, 'invalid_target'],
      [{ resource: ISSUER }, 'invalid_target'],
      [{ resource: 'https://api.example.com' }, 'invalid_target'],
    ] as const) {
      assert.equal((await refresh(more)).body.error, error, JSON.stringify(more))
    }
    assert.equal((await refresh({ resource: FILES })).body.scope, 'files:read')

    const exchange = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: tokens.body.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    }
    const itself = await world.token({ ...exchange, resource: NOTES, client_id: clientId })
    assert.equal(itself.body.error, 'unauthorized_client')
    for (const grant of ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer']) {
      const form = { grant_type: grant, assertion: 'a.b.c', client_id: clientId }
      assert.equal((await world.token(form)).body.error, 'unauthorized_client')
    }
    // The API may go on for the user with what the token has, and with nothing else.
    const byApi = basic('files', secrets['files']!)
    const more = await world.token({ ...exchange, scope: 'files:admin' }, byApi)
    assert.equal(more.body.error, 'invalid_scope')
    const byOther = await world.token(exchange, basic('notes', secrets['notes']!))
    assert.equal(byOther.body.error, 'invalid_request')
  })
}

test('after all of it nobody knows more of the user than was allowed', async () => {
  const clientId = await introduce['document']!()
  const code = await allow(clientId, { scope: 'openid files:read', resource: FILES })
  const { body } = await world.exchange(clientId, code)
  assert.equal(body.scope, 'openid files:read')
  const asked = await world.call(
    'GET',
    '/oauth/userinfo',
    undefined,
    world.bearer(body.access_token),
  )
  assert.deepEqual([asked.status, asked.body.error], [401, 'invalid_token'])
})

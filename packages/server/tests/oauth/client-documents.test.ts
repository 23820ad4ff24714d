import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'

import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, withoutSwitch } from '../ui/page-driver.ts'
import { createClientKey, withAssertion } from './client-key.ts'
import {
  claimsOf,
  createOAuthWorld,
  locationOf,
  query,
  REDIRECT_URI,
  VERIFIER,
  type OAuthWorld,
} from './relying-party.ts'

const AGENT = 'https://agent.example.com/oauth/client.json'

interface Published {
  readonly document: object
  readonly headers?: Record<string, string>
  readonly status?: number
}

/** The web of this test: what is not there does not answer. */
const web = new Map<string, Published>()
let fetches: string[] = []

async function outgoingFetch(url: string): Promise<Response> {
  fetches.push(url)
  const published = web.get(url)
  if (published === undefined) throw new Error('nothing answers')
  const { document, headers = {}, status = 200 } = published
  return Response.json(document, { status, headers })
}

function publish(clientId: string, changes: object = {}, headers: Record<string, string> = {}) {
  const document = {
    client_id: clientId,
    client_name: 'Agent',
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'none',
    ...changes,
  }
  web.set(clientId, { document, headers })
}

const changes = { clientMetadataDocuments: 'on' } as const
const world: OAuthWorld = await createOAuthWorld(changes, undefined, outgoingFetch)
after(() => world.close())
await world.signUp('mina')
const userId = (await world.server.mapae.stores.users.findByUsernameKey('mina'))!.id
world.signIn(userId)
beforeEach(() => {
  web.clear()
  fetches = []
})

const scope = 'openid email admin offline_access'

async function consent(clientId: string, more: Record<string, string> = {}): Promise<void> {
  await world.consent(await world.authorize(clientId, { scope, ...more }))
}

const isUnknown = async (clientId: string): Promise<boolean> => {
  const { status, text } = await world.authorize(clientId, { scope })
  assert.ok(status === 303 || /client_id is not known here/.test(text), text)
  return status === 400
}

test('an agent that nobody registered signs a user in, and refreshes on another node', async () => {
  publish(AGENT, { grant_types: ['authorization_code', 'refresh_token', 'urn:other'] })
  await consent(AGENT)
  const tokens = await world.exchange(AGENT, await world.code(AGENT, { scope }))
  assert.equal(tokens.status, 200, tokens.text)
  assert.equal(tokens.body.scope, 'openid email offline_access')
  const claims = claimsOf(tokens.body.access_token)
  assert.equal(claims.client_id, AGENT)
  assert.equal(claimsOf(tokens.body.id_token).aud, AGENT)
  assert.equal(fetches.length, 1)

  await world.restart()
  const bearer = world.bearer(tokens.body.access_token)
  assert.equal((await world.call('GET', '/oauth/userinfo', undefined, bearer)).status, 200)
  const form = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token }
  const refreshed = await world.token({ ...form, client_id: AGENT })
  assert.equal(refreshed.status, 200, refreshed.text)
  assert.equal(fetches.length, 2)
  const resource = { client_id: AGENT, token: refreshed.body.access_token }
  const revoked = await world.send('POST', '/oauth/revoke', Object.entries(resource))
  assert.equal(revoked.status, 200)
  const gone = { grant_type: 'refresh_token', refresh_token: refreshed.body.refresh_token }
  assert.equal((await world.token({ ...gone, client_id: AGENT })).body.error, 'invalid_grant')
  assert.equal(fetches.length, 2)
})

test('an agent proves itself with the key in its document, and not without', async () => {
  const agent = 'https://keys.example.com/client.json'
  const key = await createClientKey(agent)
  publish(agent, { token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks })
  await consent(agent)
  const code = await world.code(agent, { scope })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  assert.equal((await world.token({ ...form, client_id: agent })).body.error, 'invalid_client')
  const assertion = await key.assertion(world.clock.seconds())
  const answer = await world.token({ ...form, ...withAssertion(assertion) })
  assert.equal(answer.status, 200, answer.text)
})

const lifetimes: [string, Record<string, string>, number][] = [
  ['says nothing', {}, 300],
  ['asks for ten minutes', { 'cache-control': 'public, max-age=600' }, 600],
  ['asks for none', { 'cache-control': 'no-store' }, 60],
  ['asks for a second', { 'cache-control': 'max-age=1' }, 60],
  ['asks for a year', { 'cache-control': 'max-age=31536000' }, 3600],
]

for (const [name, headers, seconds] of lifetimes) {
  test(`a document that ${name} is believed for ${seconds} seconds`, async () => {
    const agent = `https://cache.example.com/${encodeURIComponent(name)}`
    publish(agent, {}, headers)
    assert.equal(await isUnknown(agent), false)
    world.clock.advance(seconds - 1)
    assert.equal(await isUnknown(agent), false)
    assert.equal(fetches.length, 1)
    world.clock.advance(1)
    await isUnknown(agent)
    assert.equal(fetches.length, 2)
    world.signIn(userId)
  })
}

test('a host that does not answer is asked again soon, and the client is not refused', async () => {
  const agent = 'https://down.example.com/client.json'
  const form = { grant_type: 'refresh_token', refresh_token: 'a.b.c', client_id: agent }
  const answer = await world.token(form)
  assert.deepEqual([answer.status, answer.body.error], [503, 'temporarily_unavailable'])
  assert.equal((await world.authorize(agent)).status, 503)
  assert.equal(fetches.length, 1)
  publish(agent)
  world.clock.advance(10)
  assert.equal(await isUnknown(agent), false)
  web.set(agent, { document: {}, status: 503 })
  world.clock.advance(300)
  assert.equal((await world.authorize(agent)).status, 503)
})

test('who is asked for at once is fetched once, and one host is not asked without end', async () => {
  const agent = 'https://busy.example.com/client.json'
  publish(agent)
  const answers = await Promise.all(Array.from({ length: 20 }, () => isUnknown(agent)))
  assert.deepEqual(new Set(answers), new Set([false]))
  assert.equal(fetches.length, 1)
  for (let count = 1; count < 60; count++) {
    publish(`${agent}?${count}`)
    await isUnknown(`${agent}?${count}`)
  }
  const refused = await world.authorize(`${agent}?60`)
  assert.equal(refused.status, 429)
  assert.equal(fetches.length, 60)
  assert.equal(await isUnknown(agent), false)
  publish('https://other.example.com/client.json')
  assert.equal(await isUnknown('https://other.example.com/client.json'), false)
})

test('a redirect URI that the document no longer has is not used, even by a request that waits', async () => {
  const agent = 'https://moves.example.com/client.json'
  publish(agent, {}, { 'cache-control': 'max-age=60' })
  const waiting = locationOf(await world.authorize(agent, { scope }))!
  const id = waiting.searchParams.get('request')!
  const moved = 'https://elsewhere.example.com/callback'
  publish(agent, { redirect_uris: [moved] }, { 'cache-control': 'max-age=60' })
  const early = await world.authorize(agent, { scope, redirect_uri: moved })
  assert.equal(early.status, 400)
  world.clock.advance(60)
  const requestUri = `urn:ietf:params:oauth:request_uri:${id}`
  const resumed = new URLSearchParams({ client_id: agent, request_uri: requestUri }).toString()
  const answer = await world.send('GET', `/oauth/authorize?${resumed}`, null)
  assert.equal(answer.status, 410)
  assert.equal(answer.headers.get('location'), null)
  assert.equal((await world.authorize(agent, { scope })).status, 400)
  const late = await world.authorize(agent, { scope, redirect_uri: moved })
  assert.equal(locationOf(late)?.pathname, '/consent')
})

test('the page of a request that is over does not lead to where a document says', async () => {
  const agent = 'https://home.example.com/client.json'
  publish(agent, { client_uri: 'https://home.example.com/' })
  assert.equal((await world.authorize(agent, { scope })).status, 303)
  const over = `urn:ietf:params:oauth:request_uri:${'x'.repeat(43)}`
  const asked = new URLSearchParams({ client_id: agent, request_uri: over })
  const answer = await world.send('GET', `/oauth/authorize?${asked.toString()}`, null)
  assert.equal(answer.status, 410)
  assert.doesNotMatch(withoutSwitch(answer), /home\.example\.com/)
})

test('metadata say whether documents are read, and nothing is fetched where they are not', async () => {
  const metadata = async (server: Pick<OAuthWorld, 'call'>) =>
    (await server.call('GET', '/.well-known/oauth-authorization-server')).body
  assert.equal((await metadata(world)).client_id_metadata_document_supported, true)
  const server = await createTestMapae({}, undefined, { outgoingFetch })
  try {
    assert.equal('client_id_metadata_document_supported' in (await metadata(server)), false)
    publish(AGENT)
    const browser = createPageDriver(server)
    assert.equal((await browser.get(`/oauth/authorize?${query(AGENT)}`)).status, 400)
    assert.deepEqual(fetches, [])
  } finally {
    await server.close()
  }
})

test('the server tells of its own API in the words of RFC 9728', async () => {
  const { status, body } = await world.call('GET', '/.well-known/oauth-protected-resource')
  assert.equal(status, 200)
  assert.equal(body.resource, ISSUER)
  assert.deepEqual(body.authorization_servers, [ISSUER])
  assert.deepEqual(body.scopes_supported, ['openid', 'profile', 'email'])
  assert.deepEqual(body.bearer_methods_supported, ['header'])
  assert.ok(body.dpop_signing_alg_values_supported.includes('ES256'))
  assert.equal(body.resource_name, 'Mapae')
})

for (const [language, words] of [
  ['en', 'go on only if you trust named.example.com.'],
  ['ko', '다음 주소를 믿을 때만 계속하세요: named.example.com'],
] as const) {
  test(`the consent page shows whose the application is: ${language}`, async () => {
    const server = await createTestMapae(changes, undefined, { outgoingFetch })
    try {
      const agent = 'https://named.example.com/client.json'
      publish(agent, { client_name: 'Your Bank' })
      await server.signUp('mina')
      const browser = createPageDriver(server, language)
      const first = await browser.get(`/oauth/authorize?${query(agent, { scope: 'openid' })}`)
      const path = first.location!.slice(ISSUER.length)
      let next = await browser.submit(path, { username: 'mina', password: PASSWORD })
      next = await browser.get(next.location!)
      const page = await browser.get(next.location!.slice(ISSUER.length))
      assert.equal(page.status, 200)
      assert.match(page.text, /<strong>named\.example\.com<\/strong>/)
      assert.ok(page.text.includes(words), page.text)
      assert.ok(page.text.includes('Your Bank'))
    } finally {
      await server.close()
    }
  })
}

test('whoever makes documents up keeps nobody out of an agent that is known', async () => {
  const known = 'https://shared.example.com/known.json'
  publish(known)
  assert.equal(await isUnknown(known), false)
  world.clock.advance(301)
  for (let made = 0; made < 70; made++) {
    await world.authorize(`https://shared.example.com/${made}.json`, { scope })
  }
  assert.ok(fetches.length < 65, 'nobody is asked again and again')
  assert.equal(await isUnknown(known), false)
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { ISSUER } from '../test-mapae.ts'
import { createClientKey } from './client-key.ts'
import { claimsOf, createOAuthWorld, errorIn, locationOf, REDIRECT_URI } from './relying-party.ts'

const AGENT = 'https://agent.example.com/client.json'
const FILES = 'https://files.example.com'
const MOVED = 'https://elsewhere.example.com/callback'

let document: object = {}
const publish = (changes: object = {}) => {
  document = { client_id: AGENT, redirect_uris: [REDIRECT_URI], ...changes }
  // What was read before is not believed any more.
  world.clock.advance(300)
  world.signIn(userId)
}

const world = await createOAuthWorld(
  { clientMetadataDocuments: 'on', clientRegistration: 'open' },
  undefined,
  async () => Response.json(document),
)
after(() => world.close())
await world.signUp('mina')
const userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id

const resource = { audience: FILES, accessTokenAlgorithm: null, encryptionJwk: null }
const read = { scope: 'files:read', text: 'read your files' }
const write = { scope: 'files:write', text: null }
const noClient = { grants: [], redirectUris: [], scopes: [] }
await world.createClient('files', { ...noClient, resource, openScopes: [read, write] })
const open = (...openScopes: (typeof read | typeof write)[]) =>
  world.mapae.clients.update('files', { openScopes })

const wish = { scope: 'files:read', resource: FILES }

/** The user is asked, and allows it. */
async function allow(clientId: string, more: Record<string, string | null> = wish): Promise<void> {
  const asked = locationOf(await world.authorize(clientId, more))!
  assert.equal(asked.pathname, '/consent', asked.href)
  const id = asked.searchParams.get('request')!
  const waiting = (await world.mapae.oauth.waitingRequests.find(id))!
  await world.mapae.oauth.grantConsent(userId, waiting, null)
}

const errorOf = async (clientId: string, more: Record<string, string | null>) =>
  errorIn(await world.authorize(clientId, { prompt: 'none', ...more }))

const refresh = (refreshToken: string, clientId = AGENT) =>
  world.token({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
  })

test('an access token is for the one API that was named, and for user info when none was', async () => {
  publish()
  await allow(AGENT, { scope: 'openid files:read', resource: FILES })
  const code = await world.code(AGENT, { scope: 'openid files:read', resource: FILES })
  const { body } = await world.exchange(AGENT, code)
  const claims = claimsOf(body.access_token)
  assert.deepEqual([claims.aud, claims.scope], [FILES, 'openid files:read'])
  assert.equal(claimsOf(body.id_token).aud, AGENT)

  for (const named of [null, ISSUER, `${ISSUER}/`]) {
    const more = { scope: 'openid', resource: named }
    if ((await errorOf(AGENT, more)) !== null) await allow(AGENT, more)
    const signedIn = await world.exchange(AGENT, await world.code(AGENT, more))
    assert.equal(claimsOf(signedIn.body.access_token).aud, ISSUER)
    const bearer = world.bearer(signedIn.body.access_token)
    assert.equal((await world.call('GET', '/oauth/userinfo', undefined, bearer)).status, 200)
  }
})

test('what the server says of its own API is what clients may ask for', async () => {
  const metadata = await world.call('GET', '/.well-known/oauth-protected-resource')
  await world.createClient('web', { audiences: ['https://web.example.com'] })
  const more = { scope: 'openid', resource: metadata.body.resource }
  const { body } = await world.exchange('web', await world.code('web', more))
  assert.equal(claimsOf(body.access_token).aud, metadata.body.resource)
  const bearer = world.bearer(body.access_token)
  assert.equal((await world.call('GET', '/oauth/userinfo', undefined, bearer)).status, 200)
  const refreshed = await refresh(body.refresh_token, 'web')
  assert.equal(claimsOf(refreshed.body.access_token).aud, metadata.body.resource)
  // An application that signs nobody in has nothing to ask there.
  await world.createClient('plain', { scopes: ['read'] })
  assert.equal(await errorOf('plain', { resource: ISSUER }), 'invalid_target')
})

test('a URL that a program wrote down after parsing it is the same API', async () => {
  publish()
  const more = { scope: 'files:read', resource: `${FILES}/` }
  const { body } = await world.exchange(AGENT, await world.code(AGENT, more), more)
  assert.equal(claimsOf(body.access_token).aud, FILES)
})

test('who names the API and no scope means what it opens', async () => {
  publish()
  await allow(AGENT, { scope: null, resource: FILES })
  const code = await world.code(AGENT, { scope: null, resource: FILES })
  assert.equal((await world.exchange(AGENT, code)).body.scope, 'files:read files:write')
})

test('metadata tell what is open, from the moment that it is', async () => {
  const scopes = async () =>
    (await world.call('GET', '/.well-known/oauth-authorization-server')).body.scopes_supported
  const own = ['openid', 'profile', 'email', 'offline_access']
  assert.deepEqual(await scopes(), [...own, 'files:read', 'files:write'])
  await open(read)
  assert.deepEqual(await scopes(), [...own, 'files:read'])
  await open(read, write)
})

test('what an operator closes is neither given anew nor refreshed', async () => {
  publish()
  const more = { scope: 'files:read files:write', resource: FILES }
  const { body } = await world.exchange(AGENT, await world.code(AGENT, more))
  await open(read)
  const left = await refresh(body.refresh_token)
  assert.equal(left.body.scope, 'files:read')
  assert.equal(await errorOf(AGENT, { ...more, scope: 'files:write' }), 'invalid_scope')
  const code = await world.code(AGENT, wish)
  await open()
  assert.equal((await world.exchange(AGENT, code)).body.error, 'invalid_target')
  assert.equal(await errorOf(AGENT, more), 'invalid_target')
  const closed = await refresh(left.body.refresh_token)
  assert.equal(closed.body.error, 'invalid_target')
  await open(read, write)
})

test('a document that moves its users elsewhere has to ask them again', async () => {
  publish()
  assert.equal(await errorOf(AGENT, wish), null)
  publish({ redirect_uris: [MOVED, REDIRECT_URI] })
  assert.equal(await errorOf(AGENT, wish), null)
  assert.equal(await errorOf(AGENT, { ...wish, redirect_uri: MOVED }), 'consent_required')
  await allow(AGENT, { ...wish, redirect_uri: MOVED })
  assert.equal(await errorOf(AGENT, { ...wish, redirect_uri: MOVED }), null)
})

test('a document that names a key ends what was got without one', async () => {
  publish()
  await allow(AGENT)
  const { body } = await world.exchange(AGENT, await world.code(AGENT, wish))
  const { jwks } = await createClientKey(AGENT)
  publish({ token_endpoint_auth_method: 'private_key_jwt', jwks })
  assert.equal((await refresh(body.refresh_token)).body.error, 'invalid_client')
})

test('a registered client that moves its users elsewhere has to ask them again', async () => {
  const metadata = { token_endpoint_auth_method: 'none', scope: 'files:read' }
  const first = { ...metadata, redirect_uris: [REDIRECT_URI] }
  const { body: made } = await world.call('POST', '/oauth/register', first)
  await allow(made.client_id)
  assert.equal(await errorOf(made.client_id, wish), null)
  const changed = { ...metadata, client_id: made.client_id, redirect_uris: [MOVED] }
  const bearer = world.bearer(made.registration_access_token)
  const put = await world.call('PUT', `/oauth/register/${made.client_id}`, changed, bearer)
  assert.equal(put.status, 200)
  assert.equal(await errorOf(made.client_id, { ...wish, redirect_uri: MOVED }), 'consent_required')
})

test('a scope that was allowed at one API is not allowed at another, for any client', async () => {
  const other = 'https://other.example.com'
  await world.createClient('shop', { isTrusted: false, audiences: [FILES, other] })
  await allow('shop', { scope: 'read', resource: FILES })
  await allow('shop', { scope: 'openid', resource: other })
  assert.equal(await errorOf('shop', { scope: 'read', resource: FILES }), null)
  assert.equal(await errorOf('shop', { scope: 'read', resource: other }), 'consent_required')
})

test('a client that registers itself is told what it may ask for now, whatever it named', async () => {
  const supported = (await world.call('GET', '/.well-known/oauth-authorization-server')).body
  const opened = supported.scopes_supported.filter((scope: string) => scope.includes(':'))
  assert.ok(opened.length > 0)
  const metadata = { redirect_uris: [REDIRECT_URI], scope: 'openid admin:everything' }
  const made = (await world.call('POST', '/oauth/register', metadata, {}, '192.0.2.77')).body
  assert.deepEqual(made.scope.split(' '), ['openid', ...opened])
  // What is said back makes nothing of it a scope of the client's own.
  const path = `/oauth/register/${made.client_id}`
  const by = { Authorization: `Bearer ${made.registration_access_token}` }
  const back = { ...metadata, client_id: made.client_id, scope: made.scope }
  const replaced = await world.call('PUT', path, back, by)
  assert.equal(replaced.body.scope, made.scope)
  assert.deepEqual(world.mapae.oauth.clients.find(made.client_id)?.scopes, ['openid'])
})

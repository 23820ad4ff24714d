import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'

import * as jose from 'jose'

import { DPOP_OFFER } from '../../src/tokens/dpop-proof.ts'
import { AUDIENCE, ISSUER } from '../test-mapae.ts'
import { basic, claimsOf, createOAuthWorld, type OAuthWorld } from './relying-party.ts'

const API = 'https://payments.example.com'

let world: OAuthWorld
let userId: string
let secret: string
let apiSecret: string
let privateKey: jose.CryptoKey

before(async () => {
  world = await createOAuthWorld()
  const account = { username: 'mina', password: 'purple-otter-vs-9-lamps', email: 'm@example.com' }
  await world.call('POST', '/v1/signup', account)
  userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
  world.signIn(userId)
  await world.createClient('app')
  secret = await world.createClient('job', {
    authenticationMethod: 'client_secret_basic',
    grants: ['client_credentials'],
    scopes: ['read'],
    audiences: [AUDIENCE, API],
  })
  apiSecret = await world.createClient('api', {
    authenticationMethod: 'client_secret_basic',
    grants: [],
    redirectUris: [],
    resource: { audience: AUDIENCE, accessTokenAlgorithm: null, encryptionJwk: null },
  })
  const pair = await jose.generateKeyPair('ECDH-ES', { extractable: true })
  privateKey = pair.privateKey
  const encryptionJwk = { ...(await jose.exportJWK(pair.publicKey)), kid: 'enc-1' }
  await world.createClient('payments', {
    authenticationMethod: 'client_secret_basic',
    grants: [],
    redirectUris: [],
    resource: { audience: API, accessTokenAlgorithm: 'RS256', encryptionJwk },
  })
})

after(() => world.close())

const tokensOf = async (clientId: string, more: Record<string, string | null> = {}) =>
  (await world.exchange(clientId, await world.code(clientId, more))).body

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

const introspect = (id: string, password: string, token: string, headers = {}) =>
  world.send('POST', '/oauth/introspect', [['token', token]], {
    ...basic(id, password),
    ...headers,
  })

async function keySet() {
  return jose.createLocalJWKSet((await world.call('GET', '/.well-known/jwks.json')).body)
}

test('user info: the claims of the scopes and those that were asked for by name', async () => {
  const ask = async (token: string, method = 'GET') =>
    world.send(method, '/oauth/userinfo', null, bearer(token))
  const plain = await tokensOf('app')
  assert.deepEqual((await ask(plain.access_token)).body, { sub: userId })
  const { access_token } = await tokensOf('app', { scope: 'openid profile email' })
  const { status, body, headers } = await ask(access_token, 'POST')
  assert.equal(status, 200)
  assert.equal(headers.get('access-control-allow-origin'), '*')
  assert.equal(body.preferred_username, 'mina')
  assert.equal(body.email, 'm@example.com')
  assert.equal(body.email_verified, false)
  const claims = JSON.stringify({
    userinfo: { email: { essential: true }, password: null, __proto__: null },
    id_token: { preferred_username: null },
  })
  const single = await tokensOf('app', { scope: 'openid', claims })
  assert.deepEqual((await ask(single.access_token)).body, { email: 'm@example.com', sub: userId })
  assert.equal(claimsOf(single.id_token).preferred_username, 'mina')
  assert.equal(claimsOf(single.id_token).email, undefined)
})

test('user info: a claim of a scope that the client may not have is not asked for either', async () => {
  await world.createClient('modest', { scopes: ['openid'] })
  const wish = { email: { essential: true }, preferred_username: null, sub: null }
  const claims = JSON.stringify({ userinfo: wish, id_token: wish })
  const { access_token, id_token } = await tokensOf('modest', { scope: 'openid', claims })
  const { body } = await world.send('GET', '/oauth/userinfo', null, bearer(access_token))
  assert.deepEqual(body, { sub: userId })
  const { email, preferred_username } = claimsOf(id_token)
  assert.deepEqual([email, preferred_username], [undefined, undefined])
})

test('user info: nothing but an access token with openid opens it', async () => {
  const first = await world.call('POST', '/v1/login', {
    username: 'mina',
    password: 'purple-otter-vs-9-lamps',
  })
  const { access_token, id_token, refresh_token } = await tokensOf('app')
  const machine = await world.token(
    { grant_type: 'client_credentials', scope: 'read' },
    basic('job', secret),
  )
  const noOpenid = await tokensOf('app', { scope: 'read' })
  const cases: [string, number][] = [
    [id_token, 401],
    [refresh_token, 401],
    [first.body.access_token, 401],
    [noOpenid.access_token, 401],
    [machine.body.access_token, 401],
    ['x', 401],
    [`${access_token}x`, 401],
  ]
  for (const [token, expected] of cases) {
    const { status, headers } = await world.send('GET', '/oauth/userinfo', null, bearer(token))
    assert.equal(status, expected, token.slice(0, 40))
    assert.match(
      headers.get('www-authenticate')!,
      /^Bearer error="(invalid_token|insufficient_scope)"/,
    )
  }
  const without = await world.send('GET', '/oauth/userinfo', null)
  const challenge = without.headers.get('www-authenticate')
  assert.deepEqual([without.status, challenge], [401, `Bearer, ${DPOP_OFFER}`])
  await world.token({ grant_type: 'refresh_token', client_id: 'app', refresh_token })
})

test('introspection: the client and the resource server learn, others do not', async () => {
  const { access_token, refresh_token } = await tokensOf('app', { scope: 'read' })
  const { body } = await introspect('api', apiSecret, access_token)
  assert.equal(body.active, true)
  assert.equal(body.sub, userId)
  assert.equal(body.scope, 'read')
  assert.equal(body.client_id, 'app')
  assert.equal(body.token_type, 'Bearer')
  for (const [id, password, token] of [
    ['job', secret, access_token],
    ['api', apiSecret, refresh_token],
    ['api', apiSecret, 'x'],
    ['api', apiSecret, `${access_token}x`],
  ] as const) {
    assert.deepEqual((await introspect(id, password, token)).body, { active: false })
  }
  const open = await world.send('POST', '/oauth/introspect', [
    ['token', access_token],
    ['client_id', 'app'],
  ])
  assert.deepEqual([open.status, open.body.error], [400, 'unauthorized_client'])
  const unknown = await introspect('api', 'wrong', access_token)
  assert.deepEqual([unknown.status, unknown.body.error], [401, 'invalid_client'])
  await world.send('POST', '/oauth/revoke', [
    ['token', refresh_token],
    ['client_id', 'app'],
  ])
  assert.deepEqual((await introspect('api', apiSecret, access_token)).body, { active: false })
})

test('introspection: a signed answer for who asks for it', async () => {
  const { access_token } = await tokensOf('app', { scope: 'read' })
  const accept = { Accept: 'application/token-introspection+jwt' }
  const { text, headers } = await introspect('api', apiSecret, access_token, accept)
  assert.equal(headers.get('content-type'), 'application/token-introspection+jwt')
  const { payload } = await jose.jwtVerify(text, await keySet(), {
    issuer: ISSUER,
    audience: 'api',
    typ: 'token-introspection+jwt',
    currentDate: new Date(world.clock.milliseconds()),
  })
  assert.equal((payload['token_introspection'] as any).sub, userId)
})

test('introspection: signed is what asks for that, in whatever letters, and nothing else', async () => {
  const { access_token } = await tokensOf('app', { scope: 'read' })
  const signed = 'application/token-introspection+jwt'
  for (const [accept, expected] of [
    ['Application/Token-Introspection+JWT', signed],
    [`application/json;q=0.1, ${signed};q=0.9`, signed],
    [`application/json, ${signed};q=0`, 'application/json'],
    [`application/json, ${signed} ; q=0.000`, 'application/json'],
    [`x-${signed}`, 'application/json'],
    ['*/*', 'application/json'],
  ] as const) {
    const { headers } = await introspect('api', apiSecret, access_token, { Accept: accept })
    assert.equal(headers.get('content-type'), expected, accept)
  }
})

test('revocation: a token of the client ends its session, of either kind', async () => {
  const revoke = (token: string, clientId = 'app') =>
    world.send('POST', '/oauth/revoke', [
      ['token', token],
      ['client_id', clientId],
      ['token_type_hint', 'nonsense'],
    ])
  await world.createClient('other')
  for (const kind of ['access_token', 'refresh_token']) {
    const tokens = await tokensOf('app')
    const foreign = await revoke(tokens[kind], 'other')
    assert.deepEqual([foreign.status, foreign.body.error], [400, 'unauthorized_client'])
    const answer = await revoke(tokens[kind])
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.equal((await revoke(tokens[kind])).status, 200)
    const used = await world.send('GET', '/oauth/userinfo', null, bearer(tokens.access_token))
    assert.equal(used.status, 401)
    const refreshed = await world.token({
      grant_type: 'refresh_token',
      client_id: 'app',
      refresh_token: tokens.refresh_token,
    })
    assert.equal(refreshed.body.error, 'invalid_grant')
  }
  assert.equal((await revoke('nonsense')).status, 200)
  const machine = await world.token({ grant_type: 'client_credentials' }, basic('job', secret))
  const form: [string, string][] = [['token', machine.body.access_token]]
  const unsupported = await world.send('POST', '/oauth/revoke', form, basic('job', secret))
  assert.equal(unsupported.body.error, 'unsupported_token_type')
})

test('each client gets the algorithms that it asks for, with the hashes that belong to them', async () => {
  for (const [alg, hash] of [
    ['RS256', 'sha256'],
    ['ES256', 'sha256'],
    ['EdDSA', 'sha512'],
  ] as const) {
    await world.createClient(`alg-${alg}`, { idTokenAlgorithm: alg, accessTokenAlgorithm: alg })
    const code = await world.code(`alg-${alg}`)
    const { body } = await world.exchange(`alg-${alg}`, code)
    const currentDate = new Date(world.clock.milliseconds())
    const keys = await keySet()
    const id = await jose.jwtVerify(body.id_token, keys, { algorithms: [alg], currentDate })
    const access = await jose.jwtVerify(body.access_token, keys, { algorithms: [alg], currentDate })
    assert.notEqual(id.protectedHeader.kid, access.protectedHeader.kid)
    const half = (text: string) => {
      const digest = createHash(hash).update(text).digest()
      return digest.subarray(0, digest.length / 2).toString('base64url')
    }
    assert.equal(id.payload['at_hash'], half(body.access_token))
    assert.equal(id.payload['c_hash'], half(code))
    const used = await world.send('GET', '/oauth/userinfo', null, bearer(body.access_token))
    assert.equal(used.status, 200, alg)
  }
})

test('a resource server gets its access tokens signed and encrypted as it asks', async () => {
  const ask = (resources: string[]) =>
    world.token(
      [
        ['grant_type', 'client_credentials'],
        ['scope', 'read'],
        ...resources.map((resource): [string, string] => ['resource', resource]),
      ],
      basic('job', secret),
    )
  const { body } = await ask([API])
  const { plaintext, protectedHeader } = await jose.compactDecrypt(body.access_token, privateKey)
  assert.deepEqual(
    [protectedHeader.alg, protectedHeader.cty, protectedHeader.kid],
    ['ECDH-ES', 'at+jwt', 'enc-1'],
  )
  const { payload, protectedHeader: inner } = await jose.jwtVerify(plaintext, await keySet(), {
    audience: API,
    typ: 'at+jwt',
    currentDate: new Date(world.clock.milliseconds()),
  })
  assert.equal(inner.alg, 'RS256')
  assert.equal(payload['client_id'], 'job')
  const both = await ask([AUDIENCE, API])
  assert.deepEqual([both.status, both.body.error], [400, 'invalid_target'])
  const other = await ask(['https://other.example.com'])
  assert.deepEqual([other.status, other.body.error], [400, 'invalid_target'])
})

test('the keys that a client needs are published before its first token', async () => {
  const tended = await createOAuthWorld({ keepsKeysUp: true })
  try {
    await tended.createClient('app', { idTokenAlgorithm: 'EdDSA', accessTokenAlgorithm: 'RS256' })
    const algorithms = async () => {
      const { keys } = (await tended.call('GET', '/.well-known/jwks.json')).body
      return keys.map(({ alg }: { alg: string }) => alg).toSorted()
    }
    // Of access tokens of the first party, of this client, and of ID tokens, of most and of this one.
    const expected = ['ES256', 'EdDSA', 'RS256', 'RS256']
    for (let tries = 0; tries < 100 && (await algorithms()).length < 4; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.deepEqual(await algorithms(), expected)
  } finally {
    await tended.close()
  }
})

test('pairwise: each sector knows the user under a name of its own, and user info keeps it', async () => {
  const subjectOf = async (id: string, sectorIdentifier: string | null) => {
    await world.createClient(id, { subjectType: 'pairwise', sectorIdentifier })
    const { id_token, access_token } = await tokensOf(id)
    const { body } = await world.send('GET', '/oauth/userinfo', null, bearer(access_token))
    assert.equal(claimsOf(id_token).sub, body.sub)
    assert.equal(claimsOf(access_token).sub, body.sub)
    return body.sub
  }
  const [one, two, three] = [
    await subjectOf('pair-1', 'a.example.com'),
    await subjectOf('pair-2', 'https://a.example.com/sector.json'),
    await subjectOf('pair-3', 'b.example.com'),
  ]
  assert.equal(one, two)
  assert.notEqual(one, three)
  assert.notEqual(one, userId)
})

test('a client has shorter lifetimes where it says so, never longer ones', async () => {
  await world.createClient('short', { accessTokenSeconds: 60, refreshIdleSeconds: 120 })
  const short = await tokensOf('short')
  assert.equal(short.expires_in, 60)
  assert.equal(claimsOf(short.refresh_token).exp, world.clock.seconds() + 120)
  await world.createClient('long', { accessTokenSeconds: 86_400 })
  assert.equal((await tokensOf('long')).expires_in, 600)
  await world.createClient('once', { grants: ['authorization_code'] })
  assert.equal((await tokensOf('once')).refresh_token, undefined)
})

test('what a client may not have any more is not refreshed', async () => {
  await world.createClient('less', { audiences: [AUDIENCE, API], scopes: ['openid', 'read'] })
  const { refresh_token } = await tokensOf('less', { scope: 'openid read' })
  const form = { grant_type: 'refresh_token', client_id: 'less', refresh_token }
  await world.mapae.clients.update('less', { scopes: ['openid'] })
  const refreshed = await world.token(form)
  assert.deepEqual([refreshed.status, refreshed.body.scope], [200, 'openid'])
  assert.equal(claimsOf(refreshed.body.access_token).scope, 'openid')
  assert.equal((await world.token({ ...form, scope: 'read' })).body.error, 'invalid_scope')
  await world.mapae.clients.update('less', { audiences: ['https://other.example.com'] })
  assert.equal((await world.token(form)).body.error, 'invalid_target')
})

test('a deleted client gets nothing more', async () => {
  await world.createClient('gone')
  const code = await world.code('gone')
  const { refresh_token, access_token } = await tokensOf('gone')
  await world.mapae.clients.delete('gone')
  assert.equal((await world.authorize('gone')).status, 400)
  assert.equal((await world.exchange('gone', code)).body.error, 'invalid_client')
  const form = { grant_type: 'refresh_token', client_id: 'gone', refresh_token }
  assert.equal((await world.token(form)).body.error, 'invalid_client')
  const used = await world.send('GET', '/oauth/userinfo', null, bearer(access_token))
  assert.equal(used.status, 401)
  assert.deepEqual((await introspect('api', apiSecret, access_token)).body, { active: false })
})

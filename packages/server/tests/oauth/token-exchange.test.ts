import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import type { SessionId, UserId } from '../../src/domain/ids.ts'
import { createClientKey, type ClientKey } from './client-key.ts'
import {
  basic,
  claimsOf,
  codeIn,
  createOAuthWorld,
  VERIFIER,
  type OAuthWorld,
} from './relying-party.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ORDERS = 'https://orders.example.com'
const STOCK = 'https://stock.example.com'

let world: OAuthWorld
let userId: string
let secret: string
let secretOfStranger: string
let key: ClientKey

before(async () => {
  world = await createOAuthWorld()
  userId = (await world.signUp('mina')).user.id
  await world.createClient('app', { audiences: [ORDERS] })
  const service = {
    authenticationMethod: 'client_secret_basic',
    redirectUris: [],
    grants: [EXCHANGE],
  } as const
  secret = await world.createClient('orders', {
    ...service,
    scopes: ['read', 'stock'],
    audiences: [STOCK],
    resource: { audience: ORDERS, accessTokenAlgorithm: null, encryptionJwk: null },
  })
  const elsewhere = { audiences: [STOCK], scopes: ['read'] }
  secretOfStranger = await world.createClient('stranger', { ...service, ...elsewhere })
  await world.createClient('public', { grants: [EXCHANGE], redirectUris: [] })
  key = await createClientKey('robot')
  const robot = {
    authenticationMethod: 'private_key_jwt',
    redirectUris: [],
    grants: [BEARER],
    jwks: key.jwks,
  } as const
  await world.createClient('robot', robot)
  await world.createClient('untrusted', { ...robot, isTrusted: false })
})

after(() => world.close())
beforeEach(() => world.signIn(userId))

async function userToken(scope = 'read'): Promise<string> {
  const code = await world.code('app', { scope })
  return (await world.exchange('app', code)).body.access_token as string
}

function exchange(subjectToken: string, more: Record<string, string> = {}, as = 'orders') {
  const form = {
    grant_type: EXCHANGE,
    subject_token: subjectToken,
    subject_token_type: ACCESS_TOKEN,
    ...more,
  }
  return world.token(form, basic(as, secret))
}

test('a service goes on to the next one in the name of the same user, and says so', async () => {
  const subject = await userToken()
  world.clock.advance(100)
  const { status, body } = await exchange(subject)
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(
    [body.issued_token_type, body.token_type, body.scope],
    [ACCESS_TOKEN, 'Bearer', 'read'],
  )
  assert.equal(body.refresh_token, undefined)
  const claims = claimsOf(body.access_token)
  const old = claimsOf(subject)
  assert.deepEqual([claims.sub, claims.sid, claims.exp], [userId, old.sid, old.exp])
  assert.deepEqual([claims.aud, claims.client_id], [STOCK, 'orders'])
  assert.deepEqual(claims.act, { sub: 'orders' })
})

test('a chain of services is told in its order', async () => {
  const first = (await exchange(await userToken())).body.access_token
  const second = await exchange(first)
  assert.deepEqual(claimsOf(second.body.access_token).act, {
    sub: 'orders',
    act: { sub: 'orders' },
  })
})

test('it can do no more than before, and ends with the session', async () => {
  const subject = await userToken()
  assert.equal((await exchange(subject, { scope: 'read stock' })).body.error, 'invalid_scope')
  assert.equal((await exchange(subject, { scope: 'email' })).body.error, 'invalid_scope')
  assert.equal((await exchange(subject, { resource: ORDERS })).body.error, 'invalid_target')
  assert.equal((await exchange(subject, { audience: ORDERS })).body.error, 'invalid_target')
  assert.equal((await exchange(subject, { audience: STOCK })).status, 200)
  const { sid } = claimsOf(subject)
  await world.mapae.endSession(sid as SessionId, 'logout')
  const late = await exchange(subject)
  assert.deepEqual([late.status, late.body.error], [400, 'invalid_request'])
})

test('who gets a token that was not for it gets nothing for it', async () => {
  const subject = await userToken()
  const form = { grant_type: EXCHANGE, subject_token: subject, subject_token_type: ACCESS_TOKEN }
  const answer = await world.token(form, basic('stranger', secretOfStranger))
  assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_request'])
  const anybody = await world.token({ ...form, client_id: 'public' })
  assert.equal(anybody.body.error, 'unauthorized_client')
})

test('what a user let an application have leads nowhere that the user did not agree to', async () => {
  const settings = {
    authenticationMethod: 'client_secret_basic',
    grants: ['authorization_code', EXCHANGE],
    scopes: ['read'],
    audiences: [ORDERS, STOCK],
  } as const
  for (const isTrusted of [false, true]) {
    const id = isTrusted ? 'trusted-shop' : 'shop'
    const proof = basic(id, await world.createClient(id, { ...settings, isTrusted }))
    const wanted = { scope: 'read', resource: ORDERS, prompt: 'consent' }
    const code = codeIn(await world.consent(await world.authorize(id, wanted)))
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
    const subject = (await world.token(form, proof)).body.access_token as string
    const swap = (more: Record<string, string>) =>
      world.token(
        { grant_type: EXCHANGE, subject_token: subject, subject_token_type: ACCESS_TOKEN, ...more },
        proof,
      )
    const same = await swap({})
    assert.deepEqual([same.status, claimsOf(same.body.access_token).aud], [200, ORDERS])
    assert.equal((await swap({ resource: ORDERS })).status, 200)
    for (const more of [{ resource: STOCK }, { audience: STOCK }]) {
      // Nobody asks the users of what is the operator's own.
      assert.equal((await swap(more)).body.error, isTrusted ? undefined : 'invalid_target')
    }
    await world.mapae.clients.update(id, { audiences: [STOCK] })
    assert.equal((await swap({})).body.error, isTrusted ? undefined : 'invalid_target')
  }
})

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'

const refusals: readonly (readonly [string, Record<string, string>])[] = [
  ['no subject token', { subject_token: '' }],
  ['no token', { subject_token: 'nothing' }],
  ['no type', { subject_token_type: '' }],
  ['the type of an ID token', { subject_token_type: ID_TOKEN }],
  ['the wish for an ID token', { requested_token_type: ID_TOKEN }],
  ['an actor without a type', { actor_token: 'a' }],
  ['the type of an actor without one', { actor_token_type: ACCESS_TOKEN }],
  ['an actor that is none', { actor_token: 'a', actor_token_type: ACCESS_TOKEN }],
]

for (const [name, changes] of refusals) {
  test(`an exchange with ${name} is refused`, async () => {
    const answer = await exchange(await userToken(), changes)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_request'])
  })
}

test('neither an ID token nor a refresh token passes for an access token', async () => {
  const code = await world.code('app', { scope: 'openid read' })
  const { id_token, refresh_token } = (await world.exchange('app', code)).body
  for (const token of [id_token, refresh_token]) {
    assert.equal((await exchange(token)).body.error, 'invalid_request')
  }
})

function bear(assertion: string, clientId = 'robot', more: Record<string, string> = {}) {
  return key.assertion(world.clock.seconds(), { iss: clientId, sub: clientId }).then((proof) =>
    world.token({
      grant_type: BEARER,
      assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: proof,
      ...more,
    }),
  )
}

const about = (sub: string | null, iss = 'robot', header = {}) =>
  key.assertion(world.clock.seconds(), { iss, sub }, header)

test('a client signs whom it wants a token for: itself, or a user when it is trusted', async () => {
  const own = await bear(await about('robot'), 'robot', { scope: 'read' })
  assert.equal(own.status, 200, own.text)
  assert.equal(claimsOf(own.body.access_token).sub, 'robot')
  assert.equal(own.body.refresh_token, undefined)

  const ofUser = await bear(await about(userId))
  assert.equal(ofUser.status, 200, ofUser.text)
  const claims = claimsOf(ofUser.body.access_token)
  assert.deepEqual([claims.sub, claims.client_id, claims.sid], [userId, 'robot', undefined])
})

test('an assertion that names its type is either a grant or a proof of the client', async () => {
  for (const [typ, expected] of [
    ['authorization-grant+jwt', 200],
    ['application/authorization-grant+jwt', 200],
    ['JWT', 200],
    ['client-authentication+jwt', 400],
    ['oauth-authz-req+jwt', 400],
  ] as const) {
    const answer = await bear(await about('robot', 'robot', { typ }))
    assert.equal(answer.status, expected, typ)
    if (expected === 400) assert.equal(answer.body.error, 'invalid_grant', typ)
  }
})

test('an assertion is good once, and not for somebody else', async () => {
  const assertion = await about(userId)
  assert.equal((await bear(assertion)).status, 200)
  const refused = [
    await bear(assertion),
    await bear(await about(userId, 'untrusted'), 'untrusted'),
    await bear(await about('AAAAAAAAAAAAAAAAAAAAAA')),
    await bear(await about('app')),
    await bear(await about(null)),
    await bear(await about(userId, 'untrusted')),
    await bear('nothing'),
  ]
  for (const answer of refused) {
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
  }
  assert.equal(
    (await bear(await about('robot'), 'robot', { scope: 'all' })).body.error,
    'invalid_scope',
  )
})

test('a token of a disabled user or a deleted client is good for nothing more', async () => {
  const DESK = 'https://desk.example.com'
  const { user } = await world.signUp('jun')
  const secretOfService = await world.createClient('service', {
    authenticationMethod: 'client_secret_basic',
    redirectUris: [],
    grants: [EXCHANGE],
    scopes: ['read'],
    audiences: [STOCK],
    resource: { audience: DESK, accessTokenAlgorithm: null, encryptionJwk: null },
  })
  await world.mapae.clients.update('robot', { audiences: [DESK] })
  await world.createClient('gone', { audiences: [DESK] })
  const ofUser = (await bear(await about(user.id))).body.access_token as string
  const ofClient = (await world.exchange('gone', await world.code('gone', { scope: 'read' }))).body
    .access_token as string
  const service = basic('service', secretOfService)
  const swap = (token: string) =>
    world.token(
      { grant_type: EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN },
      service,
    )
  const isActive = async (token: string) =>
    (await world.send('POST', '/oauth/introspect', [['token', token]], service)).body.active
  for (const token of [ofUser, ofClient]) {
    assert.deepEqual([(await swap(token)).status, await isActive(token)], [200, true])
  }
  await world.mapae.accounts.disable(user.id as UserId)
  await world.mapae.clients.delete('gone')
  for (const token of [ofUser, ofClient]) {
    assert.deepEqual([(await swap(token)).status, await isActive(token)], [400, false])
  }
  await world.mapae.accounts.enable(user.id as UserId)
  assert.deepEqual([(await swap(ofUser)).status, await isActive(ofUser)], [400, false])
  world.clock.advance(1)
  const ofLater = (await bear(await about(user.id))).body.access_token as string
  assert.deepEqual([(await swap(ofLater)).status, await isActive(ofLater)], [200, true])
})

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { ISSUER } from '../test-mapae.ts'
import { createClientKey, withAssertion, type ClientKey } from './client-key.ts'
import { claimsOf, createOAuthWorld, type OAuthWorld } from './relying-party.ts'

const CREDENTIALS = { grant_type: 'client_credentials' }
const settings = {
  authenticationMethod: 'private_key_jwt',
  grants: ['client_credentials'],
  redirectUris: [],
} as const

let world: OAuthWorld
let key: ClientKey
const now = () => world.clock.seconds()

before(async () => {
  world = await createOAuthWorld()
  key = await createClientKey('robot')
  await world.createClient('robot', { ...settings, jwks: key.jwks })
})

after(() => world.close())

const ask = (assertion: string, more: Record<string, string> = {}) =>
  world.token({ ...CREDENTIALS, ...withAssertion(assertion), ...more })

test('a client proves with its key who it is, once with each assertion', async () => {
  const assertion = await key.assertion(now())
  const answer = await ask(assertion)
  assert.equal(answer.status, 200, answer.text)
  assert.equal(claimsOf(answer.body.access_token).sub, 'robot')
  const again = await ask(assertion)
  assert.deepEqual([again.status, again.body.error], [400, 'invalid_client'])
})

test('of 50 at once with one assertion one gets a token', async () => {
  const assertion = await key.assertion(now())
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(assertion)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
})

test('the name of an assertion is remembered until it has expired, on every node', async () => {
  const jti = 'used before'
  assert.equal((await ask(await key.assertion(now(), { jti, exp: now() + 3600 }))).status, 200)
  world.clock.advance(3590)
  await world.server.restart()
  const again = await ask(await key.assertion(now(), { jti, exp: now() + 60 }))
  assert.equal(again.body.error, 'invalid_client')
})

test('every form that the standards allow is taken', async () => {
  const forms: readonly (readonly [string, object, object])[] = [
    ['for the token endpoint', { aud: `${ISSUER}/oauth/token` }, {}],
    ['for a list', { aud: [ISSUER] }, {}],
    ['typed', {}, { typ: 'client-authentication+jwt' }],
    ['called JWT', {}, { typ: 'JWT' }],
    ['without iat', { iat: null }, {}],
    ['by a clock that is ahead', { nbf: now() + 5 }, {}],
  ]
  for (const [name, claims, header] of forms) {
    const answer = await ask(await key.assertion(now(), { ...claims }, header))
    assert.equal(answer.status, 200, name)
  }
})

test('keys of other kinds, with and without the name of their algorithm', async () => {
  for (const alg of ['ES384', 'EdDSA', 'PS256', 'RS256']) {
    const id = `robot-${alg}`
    const other = await createClientKey(id, alg)
    const { alg: _, ...unnamed } = other.jwk
    for (const [name, jwk] of [
      [id, other.jwk],
      [`${id}-unnamed`, unnamed],
    ] as const) {
      await world.createClient(name, { ...settings, jwks: { keys: [jwk] } })
      const claims = { iss: name, sub: name }
      assert.equal((await ask(await other.assertion(now(), claims))).status, 200, name)
    }
  }
})

test('an assertion is one way to prove it, and not a second one', async () => {
  const secret = await world.createClient('web', {
    authenticationMethod: 'client_secret_post',
    grants: ['client_credentials'],
    redirectUris: [],
  })
  const both = { client_id: 'robot', client_secret: secret }
  const answer = await ask(await key.assertion(now()), both)
  assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_request'])
  const other = await ask(await key.assertion(now()), { client_id: 'web' })
  assert.deepEqual([other.status, other.body.error], [400, 'invalid_request'])
  const unregistered = await ask(await key.assertion(now(), { iss: 'web', sub: 'web' }))
  assert.equal(unregistered.body.error, 'invalid_client')
})

test('in production keys are never fetched from this machine', async () => {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.end(JSON.stringify(key.jwks))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const jwksUri = `http://127.0.0.1:${port}/jwks`
  try {
    await world.createClient('remote', { ...settings, jwksUri })
    const claims = { iss: 'remote', sub: 'remote' }
    const refused = await ask(await key.assertion(now(), claims))
    assert.equal(refused.body.error, 'invalid_client')
    assert.equal(asked, 0)

    const issuer = 'http://localhost:4400'
    const development = await createOAuthWorld({ issuer })
    await development.createClient('remote', { ...settings, jwksUri })
    const form = async () => ({
      ...CREDENTIALS,
      ...withAssertion(
        await key.assertion(development.clock.seconds(), { ...claims, aud: issuer }),
      ),
    })
    assert.equal((await development.token(await form())).status, 200)
    assert.equal((await development.token(await form())).status, 200)
    assert.equal(asked, 1, 'the keys are kept')
    await development.close()
  } finally {
    server.close()
  }
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import {
  createOAuthWorld,
  type OAuthWorld,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ISSUER } from '../../packages/server/tests/test-mapae.ts'

let world: OAuthWorld
let metadata: Readonly<Record<string, any>>

before(async () => {
  world = await createOAuthWorld({ clientRegistration: 'open' })
  // Tokens of each kind, so that there is a key of each kind.
  world.signIn((await world.signUp('mina')).user.id)
  for (const idTokenAlgorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
    await world.createClient(idTokenAlgorithm, { idTokenAlgorithm })
    await world.exchange(idTokenAlgorithm, await world.code(idTokenAlgorithm))
  }
  metadata = (await world.call('GET', '/.well-known/openid-configuration')).body
})

after(() => world.close())

/** What must be among the values of a member. */
const required: Readonly<Record<string, readonly string[]>> = {
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  subject_types_supported: ['public', 'pairwise'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  claims_supported: ['sub', 'email', 'auth_time'],
  id_token_signing_alg_values_supported: ['RS256', 'ES256'],
  userinfo_signing_alg_values_supported: ['RS256', 'ES256'],
  request_object_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
  token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
  dpop_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA'],
  token_endpoint_auth_methods_supported: [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
  ],
  code_challenge_methods_supported: ['S256'],
}

/** What it must not promise. */
const absent: Readonly<Record<string, readonly string[]>> = {
  response_types_supported: ['token', 'id_token', 'code id_token'],
  grant_types_supported: ['password', 'implicit'],
  response_modes_supported: ['jwt', 'query.jwt'],
  code_challenge_methods_supported: ['plain'],
  id_token_signing_alg_values_supported: ['none', 'HS256'],
  userinfo_signing_alg_values_supported: ['none', 'HS256'],
  request_object_signing_alg_values_supported: ['none', 'HS256'],
  token_endpoint_auth_signing_alg_values_supported: ['none', 'HS256'],
  dpop_signing_alg_values_supported: ['none', 'HS256'],
}

test('metadata say what the plans look for, and promise nothing more', async () => {
  const { headers } = await world.call('GET', '/.well-known/openid-configuration')
  assert.equal(headers.get('content-type'), 'application/json')
  assert.equal(metadata['issuer'], ISSUER)
  for (const [member, values] of Object.entries(required)) {
    for (const value of values) assert.ok(metadata[member].includes(value), `${member}: ${value}`)
  }
  for (const [member, values] of Object.entries(absent)) {
    for (const value of values) assert.ok(!metadata[member].includes(value), `${member}: ${value}`)
  }
  for (const member of [
    'request_parameter_supported',
    'claims_parameter_supported',
    'authorization_response_iss_parameter_supported',
  ]) {
    assert.equal(metadata[member], true, member)
  }
  assert.equal(metadata['request_uri_parameter_supported'], false)
  const addresses = Object.keys(metadata).filter((name) => /_(endpoint|uri)$/.test(name))
  for (const name of addresses) assert.ok(metadata[name].startsWith('https://'), name)
  for (const name of [
    'authorization_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
    'jwks_uri',
    'registration_endpoint',
    'pushed_authorization_request_endpoint',
    'end_session_endpoint',
  ]) {
    assert.ok(addresses.includes(name), name)
  }
})

/** The members of a public key of each type. */
const members: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'x', 'y'],
  RSA: ['e', 'n'],
  OKP: ['crv', 'x'],
}

test('the keys are public, long enough, and each has a name, a use and an algorithm', async () => {
  const { body } = await world.call('GET', new URL(metadata['jwks_uri']).pathname)
  const keys = body.keys as Record<string, string>[]
  assert.deepEqual(new Set(keys.map(({ kty }) => kty)), new Set(Object.keys(members)))
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
  for (const key of keys) {
    const own = members[key['kty']!]!
    const all = ['alg', 'kid', 'kty', 'use', ...own]
    assert.deepEqual(Object.keys(key).toSorted(), all.toSorted())
    assert.equal(key['use'], 'sig')
    for (const name of own.filter((one) => one !== 'crv')) {
      assert.match(key[name]!, /^[A-Za-z0-9_-]+$/, name)
    }
    if (key['kty'] === 'RSA') assert.ok(Buffer.from(key['n']!, 'base64url').length >= 256)
    if (key['kty'] === 'EC') assert.equal(key['crv'], 'P-256')
  }
})

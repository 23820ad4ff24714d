import assert from 'node:assert/strict'
import { test } from 'node:test'

import { clientAlgorithms, clientSignatureAlgorithms } from '../../src/domain/client.ts'
import { createOAuthWorld } from './relying-party.ts'

test('both documents of discovery say the same, and what they name is there', async () => {
  const world = await createOAuthWorld()
  try {
    const { body, headers } = await world.call('GET', '/.well-known/openid-configuration')
    const other = await world.call('GET', '/.well-known/oauth-authorization-server')
    assert.deepEqual(other.body, body)
    assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(body.issuer, world.config.issuer)
    assert.deepEqual(body.code_challenge_methods_supported, ['S256'])
    assert.deepEqual(body.response_types_supported, ['code'])
    assert.equal(body.authorization_response_iss_parameter_supported, true)
    assert.ok(body.id_token_signing_alg_values_supported.includes('RS256'))
    for (const grant of ['authorization_code', 'refresh_token', 'client_credentials']) {
      assert.ok(body.grant_types_supported.includes(grant), grant)
    }
    const endpoints = Object.entries<string>(body).filter(([name]) => /_endpoint$|_uri$/.test(name))
    assert.ok(endpoints.length >= 3)
    for (const [name, url] of endpoints) {
      assert.ok(url.startsWith(`${world.config.issuer}/`), name)
      const { status } = await world.send('GET', url.slice(world.config.issuer.length), null)
      assert.notEqual(status, 404, name)
    }
  } finally {
    await world.close()
  }
})

test('metadata name the algorithms of everything that clients sign, and of what is signed for them', async () => {
  const world = await createOAuthWorld()
  try {
    const { body } = await world.call('GET', '/.well-known/oauth-authorization-server')
    // Spec: RFC 8414 section 2: each list must be there where `private_key_jwt` is in the other.
    for (const endpoint of ['token', 'introspection', 'revocation']) {
      assert.ok(body[`${endpoint}_endpoint_auth_methods_supported`].includes('private_key_jwt'))
      const algorithms = body[`${endpoint}_endpoint_auth_signing_alg_values_supported`]
      assert.deepEqual(algorithms, clientSignatureAlgorithms, endpoint)
    }
    // Spec: RFC 9701 section 7.
    assert.deepEqual(body.introspection_signing_alg_values_supported, clientAlgorithms)
  } finally {
    await world.close()
  }
})

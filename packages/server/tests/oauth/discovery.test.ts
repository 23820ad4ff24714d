import assert from 'node:assert/strict'
import { test } from 'node:test'

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

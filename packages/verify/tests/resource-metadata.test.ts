import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mapae } from '@mapae/verify'
import { createTestIssuer } from '@mapae/verify/testing'

import { FRAMEWORKS } from './frameworks.ts'

const AUDIENCE = 'https://api.example.com/mcp'
const WELL_KNOWN = '/.well-known/oauth-protected-resource/mcp'
const NAMED = `resource_metadata="https://api.example.com${WELL_KNOWN}"`
const ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256']

const testIssuer = createTestIssuer()
const options = {
  issuer: testIssuer.issuer,
  audience: ['urn:api', AUDIENCE],
  publicUrl: AUDIENCE,
  testIssuer,
  resourceMetadata: {
    name: '상점',
    scopes: ['orders:read'],
    documentation: 'https://example.com/',
  },
}

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  test(`the adapter for ${name} tells clients where to get a token`, async () => {
    const api = await start(options)
    try {
      const answer = await fetch(api.url + WELL_KNOWN)
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type')!, /^application\/json/)
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      assert.deepEqual(await answer.json(), {
        resource: AUDIENCE,
        authorization_servers: [testIssuer.issuer],
        bearer_methods_supported: ['header'],
        scopes_supported: ['orders:read'],
        dpop_signing_alg_values_supported: ALGORITHMS,
        resource_name: '상점',
        resource_documentation: 'https://example.com/',
      })
      const challengeFor = async (headers: Record<string, string>, path = '/api/orders') =>
        (await fetch(api.url + path, { headers })).headers.get('www-authenticate')!
      // Where one guard stands before all routes, what a route asks for comes later.
      const wanted = ['node', 'fetch'].includes(name) ? 'scope="orders:read", ' : ''
      assert.equal(
        await challengeFor({}),
        `Bearer ${wanted}${NAMED}, DPoP ${wanted}algs="${ALGORITHMS.join(' ')}", ${NAMED}`,
      )
      const bearer = { authorization: `Bearer ${api.auth.testToken({ aud: AUDIENCE })}` }
      const missing = await challengeFor(bearer)
      assert.match(missing, /^Bearer error="insufficient_scope".*scope="orders:read", resource_m/)
      assert.ok(missing.endsWith(NAMED))
      const wrong = await challengeFor({ authorization: 'DPoP a.b.c' })
      assert.match(wrong, /^DPoP error=/)
      assert.ok(wrong.endsWith(NAMED))
    } finally {
      await api.close()
    }
  })
}

test('an API at the root of its origin has its metadata at the well-known address', () => {
  const given = { issuer: 'https://auth.example.com', resourceMetadata: {} }
  const auth = mapae({ ...given, audience: 'https://api.example.com/' })
  assert.equal(auth.metadataPath(), '/.well-known/oauth-protected-resource')
  assert.deepEqual(Object.keys(JSON.parse(auth.metadata().body)), [
    'resource',
    'authorization_servers',
    'bearer_methods_supported',
    'dpop_signing_alg_values_supported',
  ])
})

test('without the option there is no document, and making its route fails at once', () => {
  const auth = mapae({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
  const required = { name: 'OptionError', code: 'option_required', option: 'resourceMetadata' }
  assert.throws(() => auth.metadata(), required)
  assert.throws(() => auth.metadataPath(), required)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mapae, type MapaeOptions } from '@mapae/verify'
import { createTestIssuer } from '@mapae/verify/testing'

const GOOD: MapaeOptions = {
  issuer: 'https://auth.example.com',
  audience: 'https://api.example.com',
}
const closed = { whenBehind: 'closed', afterSeconds: 30 }
const invalid = 'option_invalid'
const required = 'option_required'

test('an issuer that will not do is told what would', () => {
  const messageFor = (issuer: string): string => {
    try {
      mapae({ ...GOOD, issuer })
      return 'taken'
    } catch (error) {
      const { message, stack } = error as Error
      assert.ok(stack?.includes(message), 'what is printed has it')
      return message
    }
  }
  const plain = 'issuer must be https: http is for localhost, 127.0.0.1 and [::1] only'
  const other = 'issuer must be an https URL without user, query and fragment'
  assert.equal(messageFor('http://auth.example.com'), plain)
  assert.equal(messageFor('http://localhost.example.com'), plain)
  for (const issuer of [
    'auth.example.com',
    'https://auth.example.com?a',
    'https://a:b@example.com',
  ]) {
    assert.equal(messageFor(issuer), other)
  }
})

/** Changes after which there is no verifier, and which option is at fault. */
const REFUSED: readonly (readonly [string, object, string, string])[] = [
  ['no audience', { audience: undefined }, required, 'audience'],
  ['no issuer', { issuer: undefined }, required, 'issuer'],
  ['a null audience', { audience: null }, required, 'audience'],
  ['an empty audience', { audience: '' }, invalid, 'audience'],
  ['an empty list', { audience: [] }, invalid, 'audience'],
  ['a list with a hole', { audience: ['a', ''] }, invalid, 'audience'],
  ['plain HTTP', { issuer: 'http://auth.example.com' }, invalid, 'issuer'],
  ['no URL', { issuer: 'auth.example.com' }, invalid, 'issuer'],
  ['a query', { issuer: 'https://auth.example.com?a' }, invalid, 'issuer'],
  ['a misspelt option', { audiences: ['a'] }, 'option_unknown', 'audiences'],
  ['another way to follow', { revocations: 'yes' }, invalid, 'revocations'],
  ['no pause', { pollSeconds: 0 }, invalid, 'pollSeconds'],
  ['an unknown policy', { freshness: 'closed' }, invalid, 'freshness'],
  ['no policy', { freshness: null }, invalid, 'freshness'],
  ['closed at once', { freshness: { ...closed, afterSeconds: 1 } }, invalid, 'freshness'],
  ['closed without a feed', { revocations: 'off', freshness: closed }, invalid, 'freshness'],
  [
    'introspection by nobody',
    { freshness: { whenBehind: 'introspect', afterSeconds: 30 } },
    required,
    'freshness.clientId',
  ],
  ['a path as URL', { publicUrl: '/api' }, invalid, 'publicUrl'],
  ['proofs for ever', { dpop: { maxAgeSeconds: 86_400 } }, invalid, 'dpop.maxAgeSeconds'],
  ['proofs without memory', { dpop: { maxProofs: 0 } }, invalid, 'dpop.maxProofs'],
  [
    'a short secret',
    { dpop: { requireNonce: true, nonceSecret: new Uint8Array(31) } },
    invalid,
    'dpop.nonceSecret',
  ],
  [
    'metadata of an API without a URL',
    { audience: 'urn:api', resourceMetadata: {} },
    invalid,
    'resourceMetadata',
  ],
  ['metadata that are none', { resourceMetadata: true }, invalid, 'resourceMetadata'],
  [
    'a scope with a quote',
    { resourceMetadata: { scopes: ['a"b'] } },
    invalid,
    'resourceMetadata.scopes',
  ],
  [
    'a script as documentation',
    { resourceMetadata: { documentation: 'javascript:alert(1)' } },
    invalid,
    'resourceMetadata.documentation',
  ],
  [
    'misspelt metadata',
    { resourceMetadata: { scope: [] } },
    'option_unknown',
    'resourceMetadata.scope',
  ],
  ['a wide clock', { clockToleranceSeconds: 301 }, invalid, 'clockToleranceSeconds'],
  [
    'a test issuer of another name',
    { testIssuer: createTestIssuer({ issuer: 'https://a.example' }) },
    invalid,
    'testIssuer',
  ],
]

for (const [name, changes, code, option] of REFUSED) {
  test(`${name} is refused: ${code} ${option}`, () => {
    const options = { ...GOOD, ...changes } as MapaeOptions
    assert.throws(() => mapae(options), { name: 'OptionError', code, option })
  })
}

/** Requirements that would ask for nothing, or for what nobody can have. */
const REFUSED_REQUIREMENTS: readonly (readonly [object, string])[] = [
  [{ scope: '' }, 'scope'],
  [{ scope: [] }, 'scope'],
  [{ scope: 'a  b' }, 'scope'],
  [{ scope: 'a"b' }, 'scope'],
  [{ scope: ['a', 1] }, 'scope'],
  [{ maxAge: 0 }, 'maxAge'],
  [{ maxAge: '5 minutes' }, 'maxAge'],
  [{ maxAge: -5 }, 'maxAge'],
  [{ acr: '' }, 'acr'],
  [{ acr: 'a"' }, 'acr'],
  [{ scopes: 'a' }, 'scopes'],
]

for (const [requirements, option] of REFUSED_REQUIREMENTS) {
  test(`a route cannot require ${JSON.stringify(requirements)}`, () => {
    assert.throws(() => mapae(GOOD)(requirements), { name: 'OptionError', option })
  })
}

test('test tokens need a test issuer', () => {
  assert.throws(() => mapae(GOOD).testToken(), /testIssuer/)
})

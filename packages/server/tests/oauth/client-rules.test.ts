import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultClientSettings, type ClientSettings } from '../../src/domain/client.ts'
import { checkClientSettings } from '../../src/oauth/client-rules.ts'

const good: ClientSettings = {
  ...defaultClientSettings,
  name: 'Web',
  redirectUris: ['https://app.example.com/cb'],
}

const api = { audience: 'https://api.example.com', accessTokenAlgorithm: null, encryptionJwk: null }
const opens = (scope: string, text: string | null = null): Partial<ClientSettings> => ({
  resource: api,
  openScopes: [{ scope, text }],
})

const accepted: Partial<ClientSettings>[] = [
  {},
  { redirectUris: ['https://app.example.com/cb?x=1&y=%20', 'http://127.0.0.1/cb'] },
  { redirectUris: ['http://[::1]:8080/cb', 'http://localhost/cb', 'com.example.app:/cb'] },
  { redirectUris: ['https://App.example.com:443?x', 'https://[2001:db8::1]/cb', 'https://a'] },
  { subjectType: 'pairwise', redirectUris: ['com.example.app:/cb', 'http://127.0.0.1/cb'] },
  { webOrigins: ['https://app.example.com', 'http://localhost:5173'] },
  { audiences: ['https://api.example.com/v1', 'urn:example:api'] },
  { mayOmitPkce: true, authenticationMethod: 'client_secret_basic' },
  { jwks: { keys: [{ kty: 'EC' }, { kty: 'of the future' }] } },
  { authenticationMethod: 'private_key_jwt', jwksUri: 'https://app.example.com/keys' },
  { scopes: ['openid', 'read:all', 'https://example.com/scope'] },
  { frontchannelLogoutUri: 'https://app.example.com/logout?x=1' },
  {
    frontchannelLogoutUri: 'http://localhost:5173/logout',
    redirectUris: ['https://app.example.com/cb', 'http://localhost:5173/cb'],
  },
  opens('read:all'),
  opens('read', '파일 “읽기” <b>'),
]

for (const changes of accepted) {
  test(`a client may be like ${JSON.stringify(changes)}`, () => {
    assert.equal(checkClientSettings({ ...good, ...changes }), null)
  })
}

const redirectUris = [
  '',
  '/cb',
  'app.example.com/cb',
  'http://app.example.com/cb',
  'https://app.example.com/cb#fragment',
  'https://app.example.com/cb#',
  'https://user@app.example.com/cb',
  'https://user:password@app.example.com/cb',
  'https://*.example.com/cb',
  String.raw`https://app.example.com\@evil.example.com/cb`,
  'https://app.example.com/ cb',
  'https://app.example.com/cb\n',
  'https://앱.example.com/cb',
  'javascript:alert(1)',
  'data:text/html,hello',
  'file:///etc/passwd',
  'vbscript:x',
  'myapp:/cb',
  'http://127.0.0.1.example.com/cb',
  `https://app.example.com/${'x'.repeat(2000)}`,
  'https:app.example.com/cb',
  'https:/app.example.com/cb',
  'https:///app.example.com/cb',
  'HTTPS://app.example.com/cb',
  'http:localhost/cb',
  'https://app%2eexample.com/cb',
  'https://app.example.com;sandbox/cb',
  'https://app.example.com,x/cb',
  'https://app.example.com:/cb',
  'https://0x7f.1/cb',
  'http://0x7f.1/cb',
  'http://[::0001]/cb',
]

const refused: [keyof ClientSettings, Partial<ClientSettings>][] = [
  ...redirectUris.map((uri): [keyof ClientSettings, Partial<ClientSettings>] => [
    'redirectUris',
    { redirectUris: [uri] },
  ]),
  ['redirectUris', { redirectUris: [] }],
  ['name', { name: '' }],
  ['name', { name: 'a\u0000b' }],
  ['name', { name: 'x'.repeat(101) }],
  ['webOrigins', { webOrigins: ['https://app.example.com/'] }],
  ['webOrigins', { webOrigins: ['null'] }],
  ['webOrigins', { webOrigins: ['http://app.example.com'] }],
  ['scopes', { scopes: ['two words'] }],
  ['scopes', { scopes: ['quo"te'] }],
  ['audiences', { audiences: ['api'] }],
  ['audiences', { audiences: ['https://api.example.com/#x'] }],
  ['openScopes', { openScopes: [{ scope: 'read', text: null }] }],
  ['openScopes', opens('two words')],
  ['openScopes', opens('openid')],
  ['openScopes', opens('offline_access')],
  ['openScopes', opens('read', '')],
  ['openScopes', opens('read', 'x'.repeat(101))],
  ['openScopes', opens('read', 'a\u202eb')],
  ['grants', { grants: ['client_credentials'] }],
  ['grants', { grants: ['refresh_token'] }],
  ['jwks', { authenticationMethod: 'private_key_jwt' }],
  ['jwks', { authenticationMethod: 'self_signed_tls_client_auth' }],
  ['jwks', { requiresSignedRequests: true }],
  ['jwks', { grants: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] }],
  ['jwks', { jwks: { keys: [{ kty: 'EC', d: 'private' }] } }],
  ['jwks', { jwks: { keys: [{ kty: 'RSA', p: 'private' }] } }],
  ['jwks', { jwks: { keys: [{ kty: 'oct', k: 'secret' }] } }],
  ['jwks', { jwks: { keys: [] } }],
  ['jwks', { jwks: { keys: { kty: 'EC' } as never } }],
  ['jwks', { jwks: { keys: [{ kty: 'EC' }] }, jwksUri: 'https://app.example.com/keys' }],
  ['mayOmitPkce', { mayOmitPkce: true }],
  ['acceptsInjectableCodes', { acceptsInjectableCodes: true }],
  ['jwksUri', { jwksUri: 'http://app.example.com/keys' }],
  ['tlsSubject', { authenticationMethod: 'tls_client_auth' }],
  ['backchannelLogoutUri', { backchannelLogoutUri: 'http://app.example.com/logout' }],
  ['frontchannelLogoutUri', { frontchannelLogoutUri: 'https://elsewhere.example/logout' }],
  ['frontchannelLogoutUri', { frontchannelLogoutUri: 'https://app.example.com:8443/logout' }],
  ['frontchannelLogoutUri', { frontchannelLogoutUri: 'http://localhost/logout' }],
  [
    'frontchannelLogoutUri',
    {
      frontchannelLogoutUri: 'https://app.example.com/logout',
      redirectUris: ['com.example.app:/cb'],
    },
  ],
  [
    'sectorIdentifier',
    {
      subjectType: 'pairwise',
      redirectUris: ['https://a.example.com/cb', 'https://b.example.com/cb'],
    },
  ],
  [
    'sectorIdentifier',
    {
      subjectType: 'pairwise',
      redirectUris: ['https://a.example.com/cb', 'com.example.app://a.example.com/cb'],
    },
  ],
]

for (const [setting, changes] of refused) {
  test(`a client may not be like ${JSON.stringify(changes).slice(0, 100)}`, () => {
    assert.equal(checkClientSettings({ ...good, ...changes })?.setting, setting)
  })
}

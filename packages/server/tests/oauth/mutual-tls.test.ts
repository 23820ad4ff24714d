import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'

import { ConfigurationError } from '../../src/domain/errors.ts'
import { createReadClientCertificate } from '../../src/http/client-certificate.ts'
import { ADDRESS, ISSUER } from '../test-mapae.ts'
import { claimsOf, createOAuthWorld, VERIFIER, type OAuthWorld } from './relying-party.ts'

/** `CN=client one,O=Example\\, Inc.,C=KR` and the same of a second one, for a hundred years. */
const ONE =
  'MIIBzDCCAXGgAwIBAgIUDpR1gDNnqVv7Aq1oYtkaJdrqqXcwCgYIKoZIzj0EAwIwOjELMAkGA1UEBhMCS1IxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xEzARBgNVBAMMCmNsaWVudCBvbmUwIBcNMjYxMTI2MTg0NTAyWhgPMjEyNjExMDIxODQ1MDJaMDoxCzAJBgNVBAYTAktSMRYwFAYDVQQKDA1FeGFtcGxlLCBJbmMuMRMwEQYDVQQDDApjbGllbnQgb25lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEV5k5zmSHVbWQsT62msb1NRA1tb3NfppPsa7K1f42VJV53mG8enUXf7nlSvQtC5sgVXaDZhKn/qUSApw2qHJDH6NTMFEwHQYDVR0OBBYEFCN5vySOD3YqZcftsRcPp50rXRVqMB8GA1UdIwQYMBaAFCN5vySOD3YqZcftsRcPp50rXRVqMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAIy+b1Sqri22ls4HPkv7qXfHcmeaMREz/Ka8271xD+iWAiEA3cSyx6C4zPUec2TSjEP/FMTeZSstCiadQ4ipb3TAsJk='
const TWO =
  'MIIBzDCCAXGgAwIBAgIUJjbgma4YMYYGfXIhCAHBfjmKccMwCgYIKoZIzj0EAwIwOjELMAkGA1UEBhMCS1IxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xEzARBgNVBAMMCmNsaWVudCB0d28wIBcNMjYxMTI2MTg0NTAyWhgPMjEyNjExMDIxODQ1MDJaMDoxCzAJBgNVBAYTAktSMRYwFAYDVQQKDA1FeGFtcGxlLCBJbmMuMRMwEQYDVQQDDApjbGllbnQgdHdvMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEW1eEdDQFtgzebY0GxHbPhFskOHz1sJaS/sKy4CITmDFuE0KSM0Xaf6DCsZn5oSDbu3Z5gm9mkcYKi7BGt18JcqNTMFEwHQYDVR0OBBYEFFkc9HbNCnGCgdJsxP5cC2VFdtBSMB8GA1UdIwQYMBaAFFkc9HbNCnGCgdJsxP5cC2VFdtBSMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAI2zZ2aVy3hiDSz2aEqG4G/DpKhKa/8rtYVTBWH4p5b+AiEAuY7IoROBmuX5wvYQARG6/yKBCnJAbOV8aIjq5H5SMAs='

const CREDENTIALS = { grant_type: 'client_credentials' }
const HEADER = 'Client-Cert'
const VERIFY_HEADER = 'Client-Cert-Verify'
const settings = { grants: ['client_credentials'], redirectUris: [] } as const

/** As RFC 9440 has it, and what the proxy says of it. */
const shown = (der: string, verified = 'SUCCESS') => ({
  [HEADER]: `:${der}:`,
  [VERIFY_HEADER]: verified,
})
/** What nginx says of a certificate that a client made itself. */
const SELF_SIGNED = 'FAILED:self-signed certificate'
const pemOf = (der: string) => new X509Certificate(Buffer.from(der, 'base64')).toString()
const keyOf = (der: string) =>
  new X509Certificate(Buffer.from(der, 'base64')).publicKey.export({ format: 'jwk' })
const thumbprintOf = (der: string) =>
  createHash('sha256').update(Buffer.from(der, 'base64')).digest('base64url')

const KEYS = 'https://keys.example.com'

let world: OAuthWorld
let secret: string
/** Addresses that were asked for keys. */
let fetched: string[] = []

before(async () => {
  world = await createOAuthWorld(
    {
      trustedProxies: [ADDRESS],
      clientCertificateHeader: HEADER.toLowerCase(),
      clientCertificateVerifyHeader: VERIFY_HEADER.toLowerCase(),
    },
    undefined,
    async (url) => {
      fetched.push(url)
      if (url === `${KEYS}/two`) return Response.json({ keys: [keyOf(TWO)] })
      throw new Error('nobody answers')
    },
  )
  await world.createClient('named', {
    ...settings,
    authenticationMethod: 'tls_client_auth',
    tlsSubject: 'CN=client one, O=Example\\, Inc., C=KR',
  })
  await world.createClient('own', {
    ...settings,
    authenticationMethod: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...keyOf(TWO) }] },
  })
  secret = await world.createClient('web', {
    ...settings,
    authenticationMethod: 'client_secret_post',
  })
})

after(() => world.close())

const ask = (clientId: string, headers: Record<string, string> = {}) =>
  world.token({ ...CREDENTIALS, client_id: clientId }, headers)

test('a client is known by the name in its certificate, and its tokens are bound to that', async () => {
  const answer = await ask('named', shown(ONE))
  assert.equal(answer.status, 200, answer.text)
  const claims = claimsOf(answer.body.access_token)
  assert.deepEqual(claims.cnf, { 'x5t#S256': thumbprintOf(ONE) })
  assert.equal(answer.body.token_type, 'Bearer')
})

test('a client whose keys cannot be fetched is not known, and that is no fault of ours', async () => {
  await world.createClient('away', {
    ...settings,
    authenticationMethod: 'self_signed_tls_client_auth',
    jwksUri: `${KEYS}/away`,
  })
  fetched = []
  const answer = await ask('away', shown(TWO, SELF_SIGNED))
  assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_client'], answer.text)
  assert.deepEqual(fetched, [`${KEYS}/away`])
})

test('keys that live at an address are fetched once for all algorithms', async () => {
  await world.createClient('two', {
    ...settings,
    authenticationMethod: 'self_signed_tls_client_auth',
    jwksUri: `${KEYS}/two`,
  })
  fetched = []
  const other = await ask('two', shown(ONE, SELF_SIGNED))
  assert.equal(other.body.error, 'invalid_client')
  const own = await ask('two', shown(TWO, SELF_SIGNED))
  assert.equal(own.status, 200, own.text)
  assert.deepEqual(fetched, [`${KEYS}/two`])
})

test('a client is known by the key of a certificate that it made itself', async () => {
  const answer = await ask('own', shown(TWO, SELF_SIGNED))
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(claimsOf(answer.body.access_token).cnf, { 'x5t#S256': thumbprintOf(TWO) })
})

test('a proxy may pass it on as PEM, encoded', async () => {
  const answer = await ask('named', { ...shown(ONE), [HEADER]: encodeURIComponent(pemOf(ONE)) })
  assert.equal(answer.status, 200, answer.text)
})

for (const [name, headers] of [
  ['that no authority made', shown(ONE, SELF_SIGNED)],
  ['that the proxy says nothing of', shown(ONE, '')],
  ['that only another header praises', { [HEADER]: `:${ONE}:`, 'Ssl-Client-Verify': 'SUCCESS' }],
  ['that was verified to be none', shown(ONE, 'NONE')],
  // A proxy that adds its word to that of the client, in this order or the other.
  ['that the client itself praises', shown(ONE, `SUCCESS, ${SELF_SIGNED}`)],
  ['that the client praises again', shown(ONE, `${SELF_SIGNED}, SUCCESS`)],
  ['that is praised in other words', shown(ONE, 'success')],
] as const) {
  test(`a certificate with the right name ${name} proves nothing`, async () => {
    const answer = await ask('named', headers)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_client'])
  })
}

test('where proxies do not say what they verified, a name proves nothing and a key does', async () => {
  await world.server.restart({ clientCertificateVerifyHeader: null })
  assert.equal((await ask('named', shown(ONE))).body.error, 'invalid_client')
  assert.equal((await ask('own', shown(TWO))).status, 200)
  const { body } = await world.call('GET', '/.well-known/oauth-authorization-server')
  const methods = body.token_endpoint_auth_methods_supported as string[]
  assert.deepEqual(
    methods.filter((method) => method.includes('tls')),
    ['self_signed_tls_client_auth'],
  )
  assert.equal(body.tls_client_certificate_bound_access_tokens, true)
  await world.server.restart()
})

for (const [name, header] of [
  ['without the header of certificates', null],
  ['that is the header of certificates', 'client-cert-verify'],
] as const) {
  test(`a header of verification ${name} is no configuration`, () => {
    const wrong = {
      clientCertificateHeader: header,
      clientCertificateVerifyHeader: 'client-cert-verify',
      trustedProxies: [ADDRESS],
    }
    assert.throws(() => createReadClientCertificate(wrong), ConfigurationError)
  })
}

const refusals: readonly (readonly [string, string, Record<string, string>, string])[] = [
  ['no certificate', 'named', {}, 'invalid_client'],
  ['an empty header', 'named', { [HEADER]: '' }, 'invalid_client'],
  ['a certificate of another name', 'named', shown(TWO), 'invalid_client'],
  ['a certificate of another key', 'own', shown(ONE), 'invalid_client'],
  ['another header', 'named', { 'X-Client-Cert': `:${ONE}:` }, 'invalid_client'],
  ['no certificate at all', 'named', { [HEADER]: 'CN=client one' }, 'invalid_request'],
  ['a certificate that was cut', 'named', shown(ONE.slice(0, 400)), 'invalid_request'],
  ['two certificates', 'named', { [HEADER]: `:${ONE}:, :${TWO}:` }, 'invalid_request'],
  ['what cannot be decoded', 'named', { [HEADER]: '%' }, 'invalid_request'],
]

for (const [name, clientId, headers, error] of refusals) {
  test(`a client with ${name} is not believed: ${error}`, async () => {
    assert.equal((await ask(clientId, headers)).body.error, error)
  })
}

test('a certificate does not stand in for a secret, nor bind what it did not get', async () => {
  assert.equal((await ask('web', shown(ONE))).body.error, 'invalid_client')
  const form = { ...CREDENTIALS, client_id: 'web', client_secret: secret }
  const answer = await world.token(form, shown(ONE))
  assert.equal(answer.status, 200)
  assert.equal(claimsOf(answer.body.access_token).cnf, undefined)
  const instead = await world.token({ ...form, client_id: 'named' }, shown(ONE))
  assert.equal(instead.body.error, 'invalid_client', 'the way that was not registered')
})

test('a bound access token opens the user info to the same certificate alone', async () => {
  const { user } = await world.signUp('mina')
  world.signIn(user.id)
  await world.createClient('portal', {
    authenticationMethod: 'tls_client_auth',
    tlsSubject: 'CN=client one,O=Example\\, Inc.,C=KR',
  })
  const code = await world.code('portal')
  const form = { grant_type: 'authorization_code', client_id: 'portal', code }
  const { body } = await world.token({ ...form, code_verifier: VERIFIER }, shown(ONE))
  const authorization = world.bearer(body.access_token)
  const userinfo = (headers: Record<string, string>) =>
    world.send('GET', '/oauth/userinfo', null, { ...authorization, ...headers })
  assert.equal((await userinfo(shown(ONE))).body.sub, user.id)
  for (const headers of [{}, shown(TWO)]) {
    const answer = await userinfo(headers)
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_token'])
  }
  const refresh = { grant_type: 'refresh_token', client_id: 'portal' }
  const again = { ...refresh, refresh_token: body.refresh_token as string }
  assert.equal((await world.token(again)).body.error, 'invalid_client')
  assert.equal((await world.token(again, shown(ONE))).status, 200)
})

test('signals are polled with a bound access token, by who shows the same certificate', async () => {
  await world.createClient('receiver', {
    ...settings,
    authenticationMethod: 'tls_client_auth',
    tlsSubject: 'CN=client one,O=Example\\, Inc.,C=KR',
    scopes: ['revocations'],
    audiences: [ISSUER],
  })
  const { body } = await ask('receiver', shown(ONE))
  const poll = (headers: Record<string, string>) =>
    world.call(
      'POST',
      '/v1/signals',
      { returnImmediately: true },
      {
        ...world.bearer(body.access_token),
        ...headers,
      },
    )
  assert.deepEqual((await poll(shown(ONE))).body, { sets: {}, moreAvailable: false })
  for (const headers of [{}, shown(TWO)]) {
    const answer = await poll(headers)
    assert.deepEqual([answer.status, answer.body.reason], [401, 'certificate_mismatch'])
  }
})

test('discovery tells of it', async () => {
  const { body } = await world.call('GET', '/.well-known/oauth-authorization-server')
  assert.equal(body.tls_client_certificate_bound_access_tokens, true)
  assert.ok(body.token_endpoint_auth_methods_supported.includes('tls_client_auth'))
  const ofApi = await world.call('GET', '/.well-known/oauth-protected-resource')
  assert.equal(ofApi.body.tls_client_certificate_bound_access_tokens, true)
})

for (const [name, changes] of [
  ['of a connection that is no proxy', { trustedProxies: ['203.0.113.1'] }],
  [
    'where no header was named',
    { clientCertificateHeader: null, clientCertificateVerifyHeader: null },
  ],
  ['where nobody is trusted', { trustedProxies: [] }],
] as const) {
  test(`a header ${name} is not looked at`, async () => {
    await world.server.restart(changes)
    assert.equal((await ask('named', shown(ONE))).body.error, 'invalid_client')
    assert.equal((await ask('named', { [HEADER]: 'nothing' })).body.error, 'invalid_client')
    await world.server.restart()
    assert.equal((await ask('named', shown(ONE))).status, 200)
  })
}

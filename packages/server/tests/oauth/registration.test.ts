import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createPageDriver } from '../ui/page-driver.ts'
import { basic, codeIn, createOAuthWorld, query, REDIRECT_URI, VERIFIER } from './relying-party.ts'

const world = await createOAuthWorld({ clientRegistration: 'open' })
after(() => world.close())
await world.signUp('mina')
const userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
world.signIn(userId)

let addresses = 0

/** Each from an address of its own. */
function register(metadata: object, address = `192.0.2.${++addresses}`) {
  return world.call('POST', '/oauth/register', metadata, {}, address)
}

const managed = (clientId: string) => `/oauth/register/${clientId}`

test('a client registers itself, and its user is asked before it gets anything', async () => {
  const { status, body } = await register({
    client_name: '상점',
    redirect_uris: [REDIRECT_URI],
    scope: 'openid email admin:everything',
    software_statement: 'whatever',
    trusted: true,
  })
  assert.equal(status, 201)
  assert.equal(body.client_name, '상점')
  assert.deepEqual(body.redirect_uris, [REDIRECT_URI])
  assert.deepEqual(body.grant_types, ['authorization_code', 'refresh_token'])
  assert.deepEqual(body.response_types, ['code'])
  assert.equal(body.token_endpoint_auth_method, 'client_secret_basic')
  assert.equal(body.scope, 'openid email')
  assert.equal(body.trusted, undefined)
  assert.match(body.client_secret, /^mcs_/)
  assert.equal(body.client_secret_expires_at, 0)
  assert.equal(body.registration_client_uri, ISSUER + managed(body.client_id))

  const asked = await world.authorize(body.client_id, { scope: 'openid' })
  const code = codeIn(await world.consent(asked))
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  const tokens = await world.token(form, basic(body.client_id, body.client_secret))
  assert.equal(tokens.status, 200, tokens.text)
})

test('what a client says of itself is kept up to 16 KiB, when it registers and later', async () => {
  const server = await createTestMapae({ clientRegistration: 'open' })
  try {
    const key = { kty: 'EC', crv: 'P-256', x5c: ['x'.repeat(17_000)] }
    const small = { redirect_uris: [REDIRECT_URI] }
    const large = { ...small, jwks: { keys: [key] } }
    const refused = await server.call('POST', '/oauth/register', large)
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_client_metadata'])
    const { body } = await server.call('POST', '/oauth/register', small)
    const { client_id, registration_access_token } = body
    const changed = { ...large, client_id }
    const authorization = server.bearer(registration_access_token)
    const later = await server.call('PUT', managed(client_id), changed, authorization)
    assert.deepEqual([later.status, later.body.error], [400, 'invalid_client_metadata'])
  } finally {
    await server.close()
  }
})

for (const [redirectUri, words] of [
  ['https://evil.example.com/cb', 'go on only if you trust evil.example.com'],
  ['http://127.0.0.1/cb', 'go on only if you have just started it on this device yourself'],
] as const) {
  test(`whoever registers itself cannot pass for somebody else by its name: ${redirectUri}`, async () => {
    const server = await createTestMapae({ clientRegistration: 'open' })
    try {
      const metadata = { client_name: 'Your Bank', redirect_uris: [redirectUri] }
      const { body } = await server.call('POST', '/oauth/register', metadata)
      await server.signUp('mina')
      const browser = createPageDriver(server)
      const asked = query(body.client_id, { redirect_uri: redirectUri, scope: 'openid' })
      const first = await browser.get(`/oauth/authorize?${asked}`)
      const path = first.location!.slice(ISSUER.length)
      let next = await browser.submit(path, { username: 'mina', password: PASSWORD })
      next = await browser.get(next.location!)
      const page = await browser.get(next.location!.slice(ISSUER.length))
      assert.ok(page.text.includes('Your Bank'))
      assert.ok(page.text.includes(words), page.text)
    } finally {
      await server.close()
    }
  })
}

test('nobody is led back to where one that registered itself says, when a request is over', async () => {
  const client_uri = 'https://evil.example.com/'
  const { body } = await register({ redirect_uris: [REDIRECT_URI], client_uri })
  assert.equal(body.client_uri, client_uri)
  const asked = new URLSearchParams({ client_id: body.client_id, request: 'x' }).toString()
  const page = await createPageDriver(world.server).get(`/sign-in?${asked}`)
  assert.equal(page.status, 410)
  assert.doesNotMatch(page.text, /evil\.example/)
})

const refused: [string, object, string][] = [
  ['no redirect URI', {}, 'invalid_redirect_uri'],
  ['a script as redirect URI', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
  [
    'a redirect URI with a fragment',
    { redirect_uris: ['https://a.example/#x'] },
    'invalid_redirect_uri',
  ],
  [
    'a redirect URI in other letters',
    { redirect_uris: ['https://상점.example/\u0007'] },
    'invalid_redirect_uri',
  ],
  ['a redirect URI without TLS', { redirect_uris: ['http://a.example/'] }, 'invalid_redirect_uri'],
  ['a redirect URI that is no text', { redirect_uris: [7] }, 'invalid_redirect_uri'],
  [
    'the implicit grant',
    { redirect_uris: [REDIRECT_URI], grant_types: ['implicit'] },
    'invalid_client_metadata',
  ],
  [
    'a token as response',
    { redirect_uris: [REDIRECT_URI], response_types: ['token'] },
    'invalid_client_metadata',
  ],
  [
    'tokens of its own',
    { redirect_uris: [REDIRECT_URI], grant_types: ['client_credentials'] },
    'invalid_client_metadata',
  ],
  [
    'keys that are missing',
    { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'private_key_jwt' },
    'invalid_client_metadata',
  ],
  [
    'a private key',
    { redirect_uris: [REDIRECT_URI], jwks: { keys: [{ kty: 'EC', d: 'private' }] } },
    'invalid_client_metadata',
  ],
  [
    'a key that is none',
    { redirect_uris: [REDIRECT_URI], jwks: { keys: [{ use: 'sig' }] } },
    'invalid_client_metadata',
  ],
  [
    'a sector without TLS',
    { redirect_uris: [REDIRECT_URI], sector_identifier_uri: 'http://a.example/s' },
    'invalid_client_metadata',
  ],
  [
    'a logo that is a script',
    { redirect_uris: [REDIRECT_URI], logo_uri: 'javascript:1' },
    'invalid_client_metadata',
  ],
]

for (const [what, metadata, error] of refused) {
  test(`${what} is refused`, async () => {
    const { status, body } = await register(metadata)
    assert.deepEqual([status, body.error], [400, error])
    assert.match(body.error_description, /^[\x20-\x7e]+$/)
  })
}

test('it reads, replaces and deletes what is known of it, with its own token only', async () => {
  const { body: mine } = await register({
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'none',
    client_name: 'Mine',
  })
  assert.equal(mine.client_secret, undefined)
  const { body: other } = await register({ redirect_uris: [REDIRECT_URI] })
  const path = managed(mine.client_id)
  const bearer = world.bearer(mine.registration_access_token)
  const read = await world.call('GET', path, undefined, bearer)
  assert.deepEqual(read.body, mine)

  await world.createClient('by-operator')
  for (const [target, headers] of [
    [path, {}],
    [path, world.bearer('mrt_wrong')],
    [path, world.bearer(other.registration_access_token)],
    [managed('nobody'), bearer],
    [managed('by-operator'), bearer],
  ] as [string, Record<string, string>][]) {
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { client_id: mine.client_id, redirect_uris: ['https://evil.example/'] }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await world.call(method, target, body, headers)
      assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_token'], method)
    }
  }

  const replacement = { redirect_uris: ['https://app.example.com/new'] }
  const put = (body: object) => world.call('PUT', path, body, bearer)
  assert.equal((await put({ ...replacement, client_id: other.client_id })).status, 400)
  const changed = await put({
    ...replacement,
    client_id: mine.client_id,
    token_endpoint_auth_method: 'none',
  })
  assert.equal(changed.status, 200)
  assert.deepEqual(changed.body.redirect_uris, replacement.redirect_uris)
  assert.equal(changed.body.client_name, mine.client_id)

  assert.equal((await world.call('DELETE', path, undefined, bearer)).status, 204)
  assert.equal((await world.call('GET', path, undefined, bearer)).status, 401)
})

test('one that proves itself by a secret from now on is given it, and one that does not has none', async () => {
  const { body: mine } = await register({
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'none',
  })
  const form = { grant_type: 'refresh_token', refresh_token: 'none of ours' }
  const errorWith = async (secret: string) =>
    (await world.token(form, basic(mine.client_id, secret))).body.error
  const put = (changes: object) =>
    world.call(
      'PUT',
      managed(mine.client_id),
      { client_id: mine.client_id, redirect_uris: [REDIRECT_URI], ...changes },
      world.bearer(mine.registration_access_token),
    )
  // What is left out is as by default: the client proves itself by a secret then.
  const { body: first } = await put({})
  assert.equal(first.token_endpoint_auth_method, 'client_secret_basic')
  assert.match(first.client_secret, /^mcs_/)
  assert.equal(first.client_secret_expires_at, 0)
  assert.equal(await errorWith(first.client_secret), 'invalid_grant')

  const { body: same } = await put({ client_secret: first.client_secret, client_name: 'Same' })
  assert.deepEqual([same.client_name, same.client_secret], ['Same', undefined])
  assert.equal(await errorWith(first.client_secret), 'invalid_grant', 'it keeps its secret')
  const own = await put({ client_secret: 'one-of-its-own', client_name: 'Own' })
  assert.deepEqual([own.status, own.body.error], [400, 'invalid_client_metadata'])
  assert.equal(await errorWith('one-of-its-own'), 'invalid_client')

  const { body: open } = await put({ token_endpoint_auth_method: 'none' })
  assert.deepEqual([open.client_name, open.client_secret], [mine.client_id, undefined])
  const { body: again } = await put({})
  assert.notEqual(again.client_secret, first.client_secret)
  assert.equal(await errorWith(first.client_secret), 'invalid_client', 'a secret of before')
  assert.equal(await errorWith(again.client_secret), 'invalid_grant')
})

test('who shows no registration token is told which scheme, and who shows a wrong one that it is', async () => {
  const { body } = await register({ redirect_uris: [REDIRECT_URI] })
  const challengeTo = async (headers: Record<string, string>) =>
    (await world.call('GET', managed(body.client_id), undefined, headers)).headers.get(
      'www-authenticate',
    )
  // Spec: RFC 6750 section 3.1.
  assert.equal(await challengeTo({}), 'Bearer')
  assert.equal(await challengeTo(basic('a', 'b')), 'Bearer')
  assert.equal(await challengeTo(world.bearer('mrt_wrong')), 'Bearer error="invalid_token"')
})

test('one address registers ten clients a minute', async () => {
  const metadata = { redirect_uris: [REDIRECT_URI] }
  for (let count = 1; count <= 10; count++) {
    assert.equal((await register(metadata, '198.51.100.7')).status, 201)
  }
  const more = await register(metadata, '198.51.100.7')
  assert.equal(more.status, 429)
  assert.ok(Number(more.headers.get('retry-after')) > 0)
  assert.equal((await register(metadata, '198.51.100.8')).status, 201)
})

test('so does one IPv6 network, whichever of its addresses it uses', async () => {
  const metadata = { redirect_uris: [REDIRECT_URI] }
  for (let count = 1; count <= 10; count++) {
    assert.equal((await register(metadata, `2001:db8::${count}`)).status, 201)
  }
  assert.equal((await register(metadata, '2001:db8::ffff')).status, 429)
  assert.equal((await register(metadata, '2001:db8:0:1::1')).status, 201)
})

test('where it is closed there is nothing', async () => {
  const closed = await createOAuthWorld()
  const answer = await closed.call('POST', '/oauth/register', { redirect_uris: [REDIRECT_URI] })
  assert.equal(answer.status, 404)
  const { body } = await closed.call('GET', '/.well-known/openid-configuration')
  assert.equal(body.registration_endpoint, undefined)
  await closed.close()
})

test('metadata tell where to register', async () => {
  const { body } = await world.call('GET', '/.well-known/openid-configuration')
  assert.equal(body.registration_endpoint, `${ISSUER}/oauth/register`)
})

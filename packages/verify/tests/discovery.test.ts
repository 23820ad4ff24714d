import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

import { createSigner, exportJwk, generateKey } from '@mapae/jwt'
import { mapae } from '@mapae/verify'

const AUDIENCE = 'https://api.example.com'
const key = generateKey('RS256', { kid: 'a' })

type Documents = Readonly<Record<string, unknown>>

/** An issuer that answers with these documents, its own address put in for `{issuer}`. */
async function startIssuer(documents: Documents | RequestListener, path = '') {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (typeof documents === 'function') {
      documents(request, response)
      return
    }
    const document = documents[request.url ?? '']
    if (document === undefined) {
      response.writeHead(404).end()
      return
    }
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    response.end(text.replaceAll('{issuer}', issuer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  return {
    issuer,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const OAUTH = '/.well-known/oauth-authorization-server'
const OIDC = '/.well-known/openid-configuration'
const EVIL = 'http://evil.example/'
const GOOD = { issuer: '{issuer}', jwks_uri: '{issuer}/keys' }
const KEYS = { keys: [exportJwk(key)] }
const oauth = (changes: object): Documents => ({ [OAUTH]: { ...GOOD, ...changes } })

/** Metadata that must be refused, and what is wrong with it. */
const REFUSED: readonly (readonly [string, Documents | RequestListener])[] = [
  ['another issuer', oauth({ issuer: 'https://evil.example' })],
  ['the issuer with a slash', oauth({ issuer: '{issuer}/' })],
  ['no issuer', oauth({ issuer: undefined })],
  ['another issuer before good OpenID metadata', { ...oauth({ issuer: EVIL }), [OIDC]: GOOD }],
  ['no keys', oauth({ jwks_uri: undefined })],
  ['keys over plain HTTP', oauth({ jwks_uri: `${EVIL}keys` })],
  ['keys at no URL', oauth({ jwks_uri: '/keys' })],
  ['keys at two URLs', oauth({ jwks_uri: ['{issuer}/keys'] })],
  ['a feed over plain HTTP', oauth({ revocations_endpoint: EVIL })],
  ['a name and a password', oauth({ token_endpoint: 'https://a:b@evil.example/' })],
  [
    'a member twice',
    { [OAUTH]: '{"issuer":"{issuer}","issuer":"{issuer}","jwks_uri":"{issuer}/keys"}' },
  ],
  ['garbage', { [OAUTH]: '<html>' }],
  ['a list', { [OAUTH]: '[]' }],
  ['64 KiB and more', oauth({ filler: 'a'.repeat(66_000) })],
  ['nothing', {}],
  ['redirects', (_request, response) => void response.writeHead(302, { location: EVIL }).end()],
]

for (const [name, documents] of REFUSED) {
  test(`metadata with ${name} is refused, and no token is verified with it`, async () => {
    const { issuer, close } = await startIssuer(
      typeof documents === 'function' ? documents : { '/keys': KEYS, ...documents },
    )
    const auth = mapae({ issuer, audience: AUDIENCE, revocations: 'off' })
    try {
      await assert.rejects(auth.ready())
      const { answer } = await auth()(requestWith(tokenOf(issuer)))
      assert.equal(answer?.status, 503)
      assert.equal(answer.headers['Retry-After'], '5')
      assert.equal(JSON.parse(answer.body).reason, 'keys_unavailable')
      assert.equal(auth.health().hasKeys, false)
    } finally {
      await close()
    }
  })
}

test('who waits for an issuer that cannot be used is told what to change', async () => {
  const { issuer, close } = await startIssuer(oauth({ issuer: '{issuer}/' }))
  const whyNot = async () =>
    mapae({ issuer, audience: AUDIENCE, revocations: 'off' })
      .ready()
      .then(
        () => assert.fail('it was usable'),
        (error: Error) => error,
      )
  const named = await whyNot()
  assert.equal(named.name, 'DiscoveryError')
  assert.equal(
    named.message,
    `${issuer}${OAUTH} names its issuer "${issuer}/": the option issuer must be exactly that`,
  )
  await close()

  const away = await whyNot()
  assert.equal(away.name, 'DiscoveryError')
  assert.equal(away.message, `${issuer}${OAUTH} cannot be read`)
  assert.ok(away.cause instanceof TypeError)
})

test('tokens of another OpenID provider are verified, with a path in its name and no feed', async () => {
  const { issuer, asked, close } = await startIssuer(
    { '/realms/a/.well-known/openid-configuration': GOOD, '/realms/a/keys': KEYS },
    '/realms/a',
  )
  const auth = mapae({ issuer, audience: AUDIENCE })
  try {
    const { claims } = await auth()(requestWith(tokenOf(issuer)))
    assert.equal(claims?.sub, 'mina')
    assert.equal(auth.health().feed, 'absent')
    assert.equal(auth.health().lagSeconds, null)
    assert.deepEqual(asked, [
      '/.well-known/oauth-authorization-server/realms/a',
      '/realms/a/.well-known/openid-configuration',
      '/realms/a/keys',
    ])
    for (let count = 0; count < 10; count++) await auth()(requestWith(tokenOf(issuer)))
    assert.equal(asked.length, 3)
  } finally {
    auth.close()
    await close()
  }
})

test('an issuer that never answers is given up after five seconds, and asked again later', async () => {
  const { issuer, close } = await startIssuer(() => {})
  const auth = mapae({ issuer, audience: AUDIENCE })
  const start = performance.now()
  try {
    const [ready, { answer }] = await Promise.all([
      auth.ready().catch((error: Error) => error),
      auth()(requestWith(tokenOf(issuer))),
    ])
    assert.ok(ready instanceof Error)
    assert.equal(answer?.status, 503)
    assert.ok(performance.now() - start < 9000)
    assert.equal(auth.health().lastError, 'issuer_unavailable')
  } finally {
    auth.close()
    await close()
  }
})

test('nothing is asked before the first token comes', async () => {
  const { issuer, asked, close } = await startIssuer({ [OAUTH]: GOOD, '/keys': KEYS })
  const auth = mapae({ issuer, audience: AUDIENCE })
  try {
    const { answer } = await auth()({ ...requestWith(''), authorization: undefined })
    assert.equal(answer?.status, 401)
    assert.deepEqual(asked, [])
  } finally {
    auth.close()
    await close()
  }
})

function tokenOf(issuer: string): string {
  const now = Math.floor(Date.now() / 1000)
  return createSigner({ key, typ: 'at+jwt' })({
    iss: issuer,
    aud: AUDIENCE,
    sub: 'mina',
    client_id: 'web',
    jti: `${now}`,
    iat: now,
    exp: now + 60,
  })
}

function requestWith(token: string) {
  return { method: 'GET', url: '/', authorization: `Bearer ${token}`, dpop: undefined }
}

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import {
  createKeySet,
  createRemoteKeys,
  createSigner,
  createVerifier,
  decodeUnverified,
  exportJwk,
  generateKey,
  importKey,
  KeyError,
  NO_AUDIENCE,
  OptionError,
  publicKeyOf,
  TokenError,
  UNTYPED,
  type Claims,
} from '@mapae/jwt'
import { parseJsonObject, StrictJsonError } from '@mapae/jwt/strict-json'
import { CompactSign, importJWK } from 'jose'

const policy = { issuer: 'i', audience: 'a', typ: 'at+jwt', clock: () => 1000 }
const claims = { iss: 'i', aud: 'a', exp: 2000, roles: [{ name: 'admin' }] }
const key = generateKey('ES256', { kid: 'one' })
const sign = createSigner({ key, typ: 'at+jwt' })

test('claims are frozen all the way down', () => {
  const verified = createVerifier({ keys: publicKeyOf(key), ...policy })(sign(claims))
  const roles = verified['roles'] as { name: string }[]
  assert.throws(() => Object.assign(verified, { sub: 'x' }), TypeError)
  assert.throws(() => roles.push({ name: 'root' }), TypeError)
  assert.throws(() => Object.assign(roles[0]!, { name: 'root' }), TypeError)
})

test('a key shows nothing secret when it is printed, and gives it away only when asked', () => {
  const secret = (exportJwk(key, { private: true }) as { d: string }).d
  assert.ok(!inspect(key, { showHidden: true, depth: 9 }).includes(secret))
  assert.ok(!JSON.stringify(key).includes(secret))
  assert.equal(exportJwk(key)['d'], undefined)
  assert.throws(
    () => exportJwk(publicKeyOf(key), { private: true }),
    new KeyError('key_not_private'),
  )
  assert.throws(() => exportJwk(generateKey('HS256')), new KeyError('key_kind_mismatch'))
})

test('a KeyObject is imported like any other source', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const imported = importKey({ alg: 'ES256', keyObject: privateKey })
  const token = createSigner({ key: imported, typ: 'at+jwt' })(claims)
  const keys = importKey({ alg: 'ES256', keyObject: publicKey })
  assert.deepEqual(createVerifier({ keys, ...policy })(token), claims)
  const refuse = (alg: 'RS256' | 'ES384', code: 'key_type_mismatch' | 'key_curve_mismatch'): void =>
    assert.throws(
      () => importKey({ alg, keyObject: publicKey }),
      (error) => (error as KeyError).code === code,
    )
  refuse('RS256', 'key_type_mismatch')
  refuse('ES384', 'key_curve_mismatch')
})

test('a verifier follows its key set at once', () => {
  const second = generateKey('ES256', { kid: 'two' })
  const set = createKeySet([publicKeyOf(key)])
  const verify = createVerifier({ keys: set, ...policy })
  const tokens = [sign(claims), createSigner({ key: second, typ: 'at+jwt' })(claims)] as const
  assert.deepEqual(verify(tokens[0]), claims)
  assert.throws(() => verify(tokens[1]), new TokenError('key_unknown'))
  set.replace([publicKeyOf(second)])
  assert.throws(() => verify(tokens[0]), new TokenError('key_unknown'))
  assert.deepEqual(verify(tokens[1]), claims)
  assert.throws(() => set.replace([second]), new KeyError('key_private_refused'))
  assert.deepEqual(verify(tokens[1]), claims)
})

test('a token without audience needs its alarming name', () => {
  const { aud: _aud, ...bare } = claims
  const verify = createVerifier({ keys: publicKeyOf(key), ...policy, audience: NO_AUDIENCE })
  assert.deepEqual(verify(sign(bare)), bare)
  assert.throws(
    () => verify(sign(claims)),
    (error) => (error as TokenError).code === 'audience_unexpected',
  )
})

test('claims that JSON cannot say are not signed', () => {
  const refuse = (bad: object, code: string): void =>
    assert.throws(
      () => sign(bad as typeof claims),
      (error) => (error as TokenError).code === code,
    )
  const circle: Record<string, unknown> = { ...claims }
  circle['self'] = circle
  refuse({ ...claims, big: 1n }, 'claim_invalid')
  refuse(circle, 'claim_invalid')
  refuse({ ...claims, exp: Number.NaN }, 'claim_invalid')
  refuse({ ...claims, toJSON: () => 'x' }, 'json_not_object')
  refuse({ ...claims, name: '\\\ud800' }, 'json_lone_surrogate')
  for (const name of ['C:\\udev', '\\ud800', '\\\\ud800', '\u{1f600}']) {
    assert.equal(decodeUnverified(sign({ ...claims, name })).claims['name'], name)
  }
  refuse({ ...claims, toJSON: () => undefined }, 'json_not_object')
})

test('events are signed without an expiry, and everything else with one', () => {
  const { exp: _exp, ...event } = claims
  const options = { key, typ: 'secevent+jwt' }
  const signEvent = createSigner({ ...options, expiry: 'omitted' })
  const token = signEvent(event as typeof claims)
  assert.deepEqual(decodeUnverified(token).claims, event)
  assert.throws(() => signEvent(claims), new TokenError('claim_invalid', 'exp'))
  const signToken = createSigner({ ...options, expiry: 'required' })
  assert.throws(() => signToken(event as typeof claims), new TokenError('claim_missing', 'exp'))
  const wrong = { ...options, expiry: 'never' as 'omitted' }
  assert.throws(() => createSigner(wrong), new OptionError('option_invalid', 'expiry'))
})

test('decodeUnverified shows what verifiers refuse, and is strict about form', () => {
  const [, payload, signature] = sign(claims).split('.') as [string, string, string]
  const header = Buffer.from('{"alg":"none","crit":["x"],"jwk":{}}').toString('base64url')
  const shown = decodeUnverified(`${header}.${payload}.${signature}`)
  assert.equal(shown.header.alg, 'none')
  assert.deepEqual(shown.claims, claims)
  assert.equal(shown.signature.length, 64)
  assert.throws(
    () => decodeUnverified(`${header}.${payload}.${signature}=`),
    new TokenError('encoding_invalid'),
  )
})

test('strict JSON takes bytes', () => {
  assert.deepEqual(parseJsonObject(Buffer.from('{"이름":"마패"}')), { 이름: '마패' })
  for (const bytes of [
    [0x7b, 0x22, 0xff, 0x22, 0x7d],
    [0xef, 0xbb, 0xbf, 0x7b, 0x7d],
  ]) {
    assert.throws(() => parseJsonObject(Uint8Array.from(bytes)), StrictJsonError)
  }
})

test('nothing in Object.prototype stands in for what a token does not say', () => {
  const intruder = { typ: 'at+jwt', iss: 'i', aud: 'a', exp: 2000, kid: 'one', polluted: 1 }
  const verify = createVerifier({ keys: publicKeyOf(key), ...policy })
  const { aud: _aud, ...bare } = claims
  const token = sign(bare)
  for (const [name, value] of Object.entries(intruder)) {
    const place: object = Object.getPrototypeOf({}) as object
    Object.defineProperty(place, name, { value, enumerable: true, configurable: true })
  }
  try {
    assert.throws(
      () => verify(token),
      (error) => (error as TokenError).code === 'claim_missing',
    )
    assert.deepEqual(Object.keys(parseJsonObject('{"a":{"b":1}}')), ['a'])
    assert.throws(
      () => parseJsonObject('{"a":1,"a":2}'),
      new StrictJsonError('json_duplicate_member'),
    )
  } finally {
    for (const name of Object.keys(intruder)) {
      delete (Object.getPrototypeOf({}) as Record<string, unknown>)[name]
    }
  }
})

async function serve(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
}

async function verifyRemotely(url: string): Promise<Claims> {
  const keys = createRemoteKeys(url, { timeoutMilliseconds: 200 })
  return createVerifier({ keys, ...policy }).async(sign(claims))
}

test('remote keys come over real HTTP, and not by way of redirects, silence or endless bodies', async (context) => {
  const jwks = JSON.stringify({ keys: [exportJwk(key)] })
  const good = await serve(context, (_request, response) => response.end(jwks))
  assert.deepEqual(await verifyRemotely(good), claims)
  const bad = [
    await serve(context, (_request, response) => response.writeHead(302, { location: good }).end()),
    await serve(context, () => undefined),
    await serve(context, (_request, response) => response.write(jwks.slice(0, 20))),
    await serve(context, (_request, response) => response.end(jwks + ' '.repeat(100_000))),
  ]
  for (const url of bad) {
    await assert.rejects(verifyRemotely(url), new TokenError('keys_unavailable'))
  }
})

test('remote keys are for verify.async only', () => {
  const keys = createRemoteKeys('https://auth.example.com/jwks.json')
  const verify = createVerifier({ keys, ...policy })
  assert.throws(() => verify(sign(claims)), new OptionError('sync_unavailable', 'keys'))
})

test('a protocol without types takes tokens that name none, and no others', async () => {
  const untyped = createVerifier({ ...policy, typ: UNTYPED, keys: publicKeyOf(key) })
  const typed = createVerifier({ ...policy, keys: publicKeyOf(key) })
  const signing = await importJWK(exportJwk(key, { private: true }), 'ES256')
  const signedAs = (header: object) =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', ...header })
      .sign(signing)
  for (const header of [{}, { typ: 'JWT' }, { typ: 'jwt' }, { typ: 'application/JWT' }]) {
    const token = await signedAs(header)
    assert.equal(untyped(token).iss, 'i')
    assert.throws(() => typed(token), { code: 'typ_mismatch' })
  }
  for (const typ of ['at+jwt', 'dpop+jwt', 'JWS', '']) {
    const token = await signedAs({ typ })
    assert.throws(() => untyped(token), { code: 'typ_mismatch' })
  }
})

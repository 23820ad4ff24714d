import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  createProofVerifier,
  exportJwk,
  generateKey,
  thumbprint,
  TokenError,
  type Key,
} from '@mapae/jwt'
import { CompactSign, importJWK } from 'jose'

const key = generateKey('ES256')
const other = generateKey('ES256')
const rsa = generateKey('RS256')
const { kid: _kid, alg: _alg, use: _use, ...jwk } = exportJwk(key)
const claims = { jti: 'a', htm: 'GET', htu: 'https://api.example.com/', iat: 1_800_000_000 }
const verify = createProofVerifier({ typ: 'dpop+jwt', algorithms: ['ES256', 'EdDSA'] })

/** Signed by another library, so that the header may say whatever it likes. */
async function sign(header: object, payload: object = claims, signing: Key = key): Promise<string> {
  const alg = (header as { alg?: string }).alg ?? 'ES256'
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg, ...header })
    .sign(await importJWK(exportJwk(signing, { private: true }), signing.alg))
}

test('a proof tells its claims and the thumbprint of its key', async () => {
  const proof = await sign({ typ: 'dpop+jwt', jwk })
  for (const time of ['first', 'again']) {
    const read = await verify(proof)
    assert.deepEqual({ ...read.claims }, claims, time)
    assert.equal(read.thumbprint, thumbprint(key))
  }
})

const refused: readonly (readonly [string, () => Promise<string>, string])[] = [
  [
    'signed by another key',
    () => sign({ typ: 'dpop+jwt', jwk }, claims, other),
    'signature_invalid',
  ],
  ['another type', () => sign({ typ: 'at+jwt', jwk }), 'typ_mismatch'],
  ['no type', () => sign({ jwk }), 'typ_mismatch'],
  ['no key', () => sign({ typ: 'dpop+jwt' }), 'header_invalid'],
  ['a key that is a list', () => sign({ typ: 'dpop+jwt', jwk: [jwk] }), 'header_invalid'],
  [
    'a private key',
    () => sign({ typ: 'dpop+jwt', jwk: exportJwk(key, { private: true }) }),
    'header_refused',
  ],
  [
    'a URL of keys',
    () => sign({ typ: 'dpop+jwt', jwk, jku: 'https://a.example' }),
    'header_refused',
  ],
  [
    'an algorithm that is not accepted',
    () => sign({ typ: 'dpop+jwt', alg: 'RS256', jwk: exportJwk(rsa) }, claims, rsa),
    'alg_unsupported',
  ],
  [
    'a claim of the wrong type',
    () => sign({ typ: 'dpop+jwt', jwk }, { iat: '1' }),
    'claim_invalid',
  ],
  ['two parts', async () => 'a.b', 'token_malformed'],
  ['more than is read', async () => 'a'.repeat(9000), 'token_too_long'],
]

for (const [name, make, code] of refused) {
  test(`a proof with ${name} is refused: ${code}`, async () => {
    await assert.rejects(verify(await make()), (error) => {
      assert.ok(error instanceof TokenError)
      assert.equal(error.code, code)
      return true
    })
  })
}

test('a header that is known vouches for nothing else', async () => {
  const good = await sign({ typ: 'dpop+jwt', jwk })
  await verify(good)
  const [header, , signature] = good.split('.')
  const changed = Buffer.from(JSON.stringify({ ...claims, jti: 'b' })).toString('base64url')
  await assert.rejects(verify(`${header}.${changed}.${signature}`), { code: 'signature_invalid' })
})

test('options that would accept anything are refused', () => {
  const make = (options: object) => () => createProofVerifier(options as never)
  assert.throws(make({ algorithms: ['ES256'] }), { code: 'option_required' })
  for (const algorithms of [undefined, [], ['HS256'], ['none']]) {
    assert.throws(make({ typ: 'dpop+jwt', algorithms }), { code: 'option_invalid' })
  }
  assert.throws(make({ typ: 'a', algorithms: ['ES256'], alg: 'ES256' }), { code: 'option_unknown' })
})

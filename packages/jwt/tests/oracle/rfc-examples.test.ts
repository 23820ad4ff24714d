import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { decodeUnverified, importKey, thumbprint, TokenError, type Algorithm } from '@mapae/jwt'
import { Key } from '../../src/key.ts'
import { checkSignature } from '../../src/platform/node.ts'
import { rfcExamples, zeroSeedThumbprint } from './rfc-examples.ts'
import { zeroSeedToken } from './zero-seed-token.ts'

// Most examples sign a sentence, or a token without a type, so the signature is checked by itself.
function check(key: Key, token: string): string | undefined {
  return checkSignature(Key.materialOf(key), token, token.lastIndexOf('.'))
}

for (const { source, alg, jwk, token } of rfcExamples) {
  test(`${source}, ${alg}: the signature is good, and not with another character`, () => {
    const key = importKey({ alg: alg as Algorithm, jwk })
    assert.equal(check(key, token), undefined)
    assert.equal(check(key, `f${token.slice(1)}`), 'signature_invalid')
  })
}

test('RFC 9964: the key of a seed of zeros has the thumbprint and the signature of the example', () => {
  const seed = { kty: 'AKP', alg: 'ML-DSA-44', priv: Buffer.alloc(32).toString('base64url') }
  const pub = publicPartOf(seed)
  const key = importKey({ alg: 'ML-DSA-44', jwk: { ...seed, pub } })
  assert.equal(thumbprint(key), zeroSeedThumbprint)
  assert.equal(check(key, zeroSeedToken), undefined)
})

/** OpenSSL makes the public part out of PKCS #8 with the seed alone. Spec: RFC 9881 §6. */
function publicPartOf(seed: { readonly priv: string }): string {
  const prefix = Buffer.from('3034020100300b060960864801650304031104228020', 'hex')
  const der = Buffer.concat([prefix, Buffer.from(seed.priv, 'base64url')])
  const jwk = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  return jwk['pub'] as string
}

test('RFC 7638 §3.1: the thumbprint of the example', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
  assert.equal(thumbprint(jwk), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

test('RFC 8037 §A.3: the thumbprint of the example', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  assert.equal(thumbprint(jwk), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

test('RFC 7515 §A.5 and RFC 7519 §6.1: an unsecured token is refused', () => {
  const token = `eyJhbGciOiJub25lIn0.${rfcExamples[0]!.token.split('.')[1]!}.`
  assert.throws(() => decodeUnverified(token), new TokenError('token_malformed'))
})

import { createHmac, createPublicKey } from 'node:crypto'
import {
  claimsOf,
  encode,
  forge,
  forgeEncoded,
  headerOf,
  pemOf,
  type ForgeKey,
} from '../token-forge.ts'
import { algorithmNames, type Collector } from './collect.ts'

const unknownNames = [
  'ES256K',
  'ES',
  'HS1',
  'RS1',
  'RSA1_5',
  'RSA-OAEP',
  'A128KW',
  'dir',
  'A256GCM',
  'ECDH-ES',
  'Ed448',
  'es256',
  'ES256 ',
  ' ES256',
  'ES256\u0000',
  '',
  'none',
  'None',
  'NONE',
  'nOnE',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
]

export function addAlgorithmCases(all: Collector): void {
  const es256 = all.key('ES256')
  for (const name of algorithmNames) {
    const needs =
      name.startsWith('ML-') || name === 'Ed25519' || name === 'EdDSA' ? { needs: name } : {}
    all.token(
      'algorithm',
      `${name} as it should be`,
      'RFC 7518 §3.1',
      'accepted',
      forge(all.key(name)),
      {
        keys: [name],
        ...needs,
      },
    )
    if (name === 'ES256') continue
    const header = headerOf(es256, { alg: name })
    all.token(
      'algorithm',
      `ES256 token that says ${name}`,
      'RFC 8725 §3.1',
      'alg_mismatch',
      forge(es256, header),
    )
  }
  for (const name of unknownNames) {
    const header = headerOf(es256, { alg: name })
    const title = `token that says ${JSON.stringify(name)}`
    all.token('algorithm', title, 'RFC 8725 §3.2', 'alg_unsupported', forge(es256, header))
  }
  for (const alg of [null, 256, true, ['ES256'], { ES256: 1 }]) {
    const title = `alg is ${JSON.stringify(alg)}`
    const token = forge(es256, headerOf(es256, { alg }))
    all.token('algorithm', title, 'RFC 7515 §4.1.1', 'header_invalid', token)
  }
  all.token(
    'algorithm',
    'no alg',
    'RFC 7515 §4.1.1',
    'header_invalid',
    forge(es256, { typ: 'at+jwt' }),
  )
  const unsigned = `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claimsOf())}.`
  all.token(
    'algorithm',
    'none with an empty signature',
    'RFC 8725 §2.1',
    'token_malformed',
    unsigned,
  )
  all.token(
    'algorithm',
    'none with any signature',
    'RFC 8725 §2.1',
    'alg_unsupported',
    `${unsigned}AAAA`,
  )
  addConfusions(all)
  addSiblings(all)
}

/** What is public of an asymmetric key, taken as an HMAC secret. Source: RFC 8725 §2.1. */
function addConfusions(all: Collector): void {
  for (const name of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    const key = all.key(name)
    const publicKey = createPublicKey({ key: key.jwk, format: 'jwk' })
    const secrets: Record<string, string | Buffer> = {
      'its PEM': pemOf(key),
      'its DER': publicKey.export({ format: 'der', type: 'spki' }),
      'its JWK': JSON.stringify(key.jwk),
      nothing: '',
    }
    for (const [what, secret] of Object.entries(secrets)) {
      const input = `${encode(headerOf(key, { alg: 'HS256' }))}.${encode(claimsOf())}`
      const mac = createHmac('sha256', secret).update(input).digest('base64url')
      all.token(
        'algorithm',
        `HS256 with ${what} as the secret, for ${name}`,
        'RFC 8725 §2.1',
        'alg_mismatch',
        `${input}.${mac}`,
        { keys: [name] },
      )
    }
  }
}

/** Keys that could be used with another algorithm, but are not for it. Source: RFC 8725 §3.1. */
function addSiblings(all: Collector): void {
  const siblings: [ForgeKey, string][] = [
    [all.key('RS256'), 'PS256'],
    [all.key('RS256'), 'RS512'],
    [all.key('PS256'), 'RS256'],
    [all.key('HS512'), 'HS256'],
    [all.key('EdDSA'), 'Ed25519'],
    [all.key('Ed25519'), 'EdDSA'],
  ]
  for (const [key, alg] of siblings) {
    const token = forge({ ...key, alg })
    const title = `${key.alg} key used for ${alg}`
    const needs = key.alg.startsWith('Ed') ? { needs: key.alg } : {}
    all.token('algorithm', title, 'RFC 8725 §3.1', 'alg_mismatch', token, {
      keys: [key.alg],
      ...needs,
    })
  }
  const [rsa, pss] = [all.key('RS256'), all.key('PS256')]
  const swapped = forgeEncoded(pss, encode(headerOf(rsa)), encode(claimsOf()))
  all.token(
    'algorithm',
    'PSS signature in an RS256 token',
    'RFC 7518 §3.3',
    'signature_invalid',
    swapped,
    {
      keys: ['RS256'],
    },
  )
}

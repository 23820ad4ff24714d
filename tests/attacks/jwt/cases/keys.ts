import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import type { KeyInput } from '../attack-case.ts'
import { makeKey, pemOf, privateJwkOf, without, type Json } from '../token-forge.ts'
import type { AddKey, Collector } from './collect.ts'
import { addAkp, addCurves, addEdwards } from './key-points.ts'

export function addKeyCases(all: Collector): void {
  const add: AddKey = (title, source, expect, key, use) => {
    const alg = key.alg as string
    const needs = alg === 'EdDSA' || alg?.startsWith?.('ML-') ? { needs: alg } : {}
    all.add({
      kind: 'key',
      area: 'key',
      id: `key: ${title}`,
      source,
      expect,
      key,
      ...(use ? { use } : {}),
      ...needs,
    })
  }
  addSources(add)
  addSecrets(all, add)
  addRsa(all, add)
  addCurves(all, add)
  addEdwards(all, add)
  addAkp(all, add)
  addPurposes(all, add)
  addSets(all)
}

function addSources(add: AddKey): void {
  const jwk = makeKey('ES256').jwk
  const secret = 'a'.repeat(32)
  add('no source', 'RFC 7517 §4', 'key_source_invalid', { alg: 'ES256' })
  add('two sources', 'RFC 7517 §4', 'key_source_invalid', { alg: 'HS256', secret, jwk })
  add('no alg, though the JWK has one', 'RFC 8725 §3.1', 'key_alg_unsupported', { jwk })
  for (const alg of [
    'none',
    'ES256K',
    'es256',
    '',
    'RSA-OAEP',
    '__proto__',
    'toString',
    null,
    256,
    ['ES256'],
  ]) {
    add(`alg is ${JSON.stringify(alg)}`, 'RFC 8725 §3.1', 'key_alg_unsupported', { alg, jwk })
  }
  for (const bad of [null, 'text', 7]) {
    add(`jwk is ${JSON.stringify(bad)?.slice(0, 12)}`, 'RFC 7517 §4', 'key_invalid', {
      alg: 'ES256',
      jwk: bad,
    })
  }
}

function addSecrets(all: Collector, add: AddKey): void {
  const source = 'RFC 7518 §3.2'
  for (const bits of [256, 384, 512]) {
    const alg = `HS${bits}`
    add(`${alg} empty secret`, source, 'key_secret_too_short', { alg, secret: '' })
    add(`${alg} secret one byte short`, source, 'key_secret_too_short', {
      alg,
      secret: 'k'.repeat(bits / 8 - 1),
    })
    add(`${alg} secret just long enough`, source, 'accepted', { alg, secret: 'k'.repeat(bits / 8) })
    add(`${alg} oct JWK one byte short`, source, 'key_secret_too_short', {
      alg,
      jwk: { kty: 'oct', k: randomBytes(bits / 8 - 1).toString('base64url') },
    })
  }
  add('HS256 empty oct JWK', source, 'key_secret_too_short', {
    alg: 'HS256',
    jwk: { kty: 'oct', k: '' },
  })
  add('HS256 oct JWK without k', source, 'key_member_missing', {
    alg: 'HS256',
    jwk: { kty: 'oct' },
  })
  add('HS256 oct JWK with padding', source, 'key_member_invalid', {
    alg: 'HS256',
    jwk: { kty: 'oct', k: `${randomBytes(32).toString('base64url')}=` },
  })
  const secrets = 'RFC 8725 §2.1'
  const rsa = all.key('RS256')
  const ec = all.key('ES256')
  add('an RSA PEM as secret', secrets, 'key_secret_is_key', { alg: 'HS256', secret: pemOf(rsa) })
  add('an EC PEM as secret, indented', secrets, 'key_secret_is_key', {
    alg: 'HS256',
    secret: `\n  ${pemOf(ec)}`,
  })
  add('a PEM as secret bytes', secrets, 'key_secret_is_key', {
    alg: 'HS256',
    secretBytes: Buffer.from(pemOf(rsa)).toString('base64url'),
  })
  add('a PEM in an oct JWK', secrets, 'key_secret_is_key', {
    alg: 'HS256',
    jwk: { kty: 'oct', k: Buffer.from(pemOf(ec)).toString('base64url') },
  })
  add('a JWK text as secret', secrets, 'key_secret_is_key', {
    alg: 'HS256',
    secret: JSON.stringify(rsa.jwk),
  })
  add('a JWK set text as secret', secrets, 'key_secret_is_key', {
    alg: 'HS256',
    secret: ` {"keys": [${JSON.stringify(ec.jwk)}]}`,
  })
  add('an OpenSSH key as secret', secrets, 'key_secret_is_key', {
    alg: 'HS256',
    secret: `ssh-rsa ${randomBytes(64).toString('base64')}`,
  })
  for (const key of [rsa, ec, all.key('ES512'), all.key('EdDSA')]) {
    const der = Buffer.from(pemOf(key).split('\n').slice(1, -2).join(''), 'base64')
    add(`${key.alg} public key in DER as secret`, secrets, 'key_secret_is_key', {
      alg: 'HS256',
      secretBytes: der.toString('base64url'),
    })
  }
  add('a secret that is a number', source, 'key_source_invalid', { alg: 'HS256', secret: 7 })
  add('a secret for an asymmetric algorithm', secrets, 'key_type_mismatch', {
    alg: 'RS256',
    secret: 'k'.repeat(64),
  })
  add('a public key for HMAC', secrets, 'key_type_mismatch', {
    alg: 'HS256',
    jwk: without(rsa.jwk, 'alg'),
  })
}

function addRsa(all: Collector, add: AddKey): void {
  const jwk = all.key('RS256').jwk
  const n = Buffer.from(jwk['n'] as string, 'base64url')
  const change = (title: string, expect: string, more: Json): void =>
    add(`RSA ${title}`, 'RFC 7518 §6.3', expect, { alg: 'RS256', jwk: { ...jwk, ...more } })
  for (const bits of [512, 1024, 2047]) {
    const short = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey
    add(`RSA of ${bits} bits`, 'RFC 7518 §3.3', 'key_rsa_too_short', {
      alg: 'RS256',
      jwk: short.export({ format: 'jwk' }),
    })
    if (bits === 1024) {
      add('RSA of 1024 bits in PEM', 'RFC 7518 §3.3', 'key_rsa_too_short', {
        alg: 'RS256',
        pem: short.export({ format: 'pem', type: 'spki' }),
      })
    }
  }
  change('of 8,200 bits', 'key_rsa_too_long', {
    n: Buffer.concat([Buffer.of(0x81), randomBytes(1023), Buffer.of(1)]).toString('base64url'),
  })
  for (const [e, title] of [
    ['AQ', '1'],
    ['Ag', '2'],
    ['BA', '4'],
    ['AQABAQE', 'of 40 bits'],
  ] as const) {
    change(`exponent ${title}`, 'key_rsa_exponent', { e })
  }
  change('exponent 3', 'accepted', { e: 'Aw' })
  change('exponent 0', 'key_member_invalid', { e: 'AA' })
  change('exponent with a leading zero', 'key_member_invalid', { e: 'AAEAAQ' })
  change('exponent empty', 'key_member_invalid', { e: '' })
  change('exponent a number', 'key_member_invalid', { e: 65537 })
  change('exponent missing', 'key_member_missing', { e: undefined })
  change('modulus with a leading zero', 'key_member_invalid', {
    n: Buffer.concat([Buffer.of(0), n]).toString('base64url'),
  })
  change('modulus in base64', 'key_member_invalid', {
    n: `${n.toString('base64').replace(/=+$/, '')}+/`,
  })
  change('modulus padded', 'key_member_invalid', { n: n.toString('base64') })
  change('modulus even', 'key_member_invalid', {
    n: Buffer.concat([n.subarray(0, -1), Buffer.of(2)]).toString('base64url'),
  })
  change('modulus missing', 'key_member_missing', { n: undefined })
  const own = privateJwkOf(all.key('RS256'))
  add('RSA private', 'RFC 7518 §6.3.2', 'accepted', { alg: 'RS256', jwk: own }, 'sign')
  add('RSA private without its primes', 'RFC 7518 §6.3.2', 'key_member_missing', {
    alg: 'RS256',
    jwk: without(own, 'p'),
  })
  add('RSA with more primes', 'RFC 7518 §6.3.2.7', 'key_member_invalid', {
    alg: 'RS256',
    jwk: { ...own, oth: [] },
  })
}

function addPurposes(all: Collector, add: AddKey): void {
  const key = all.key('ES256')
  const own = privateJwkOf(key)
  const change = (title: string, expect: string, more: Json, jwk: Json = key.jwk): void =>
    add(title, 'RFC 7517 §4', expect, { alg: 'ES256', jwk: { ...jwk, ...more } })
  change('use is enc', 'key_use_mismatch', { use: 'enc' })
  change('use is a number', 'key_use_mismatch', { use: 1 })
  change('use is sig', 'accepted', { use: 'sig' })
  change('key_ops without verify', 'key_ops_mismatch', { key_ops: ['sign'] })
  change('key_ops for encryption', 'key_ops_mismatch', { key_ops: ['verify', 'encrypt'] })
  change('key_ops empty', 'key_ops_mismatch', { key_ops: [] })
  change('key_ops twice the same', 'key_member_invalid', { key_ops: ['verify', 'verify'] })
  change('key_ops no list', 'key_member_invalid', { key_ops: 'verify' })
  change('key_ops is verify', 'accepted', { key_ops: ['verify'] })
  change('private key_ops without sign', 'key_ops_mismatch', { key_ops: ['verify'] }, own)
  change('alg of another', 'key_alg_mismatch', { alg: 'ES384' })
  change('JWK alg is null', 'key_alg_mismatch', { alg: null })
  change('kid is a number', 'key_kid_invalid', { kid: 1 })
  change('kid is empty', 'key_kid_invalid', { kid: '' })
  change('kid is null', 'key_kid_invalid', { kid: null })
  add('kid given differs', 'RFC 7517 §4.5', 'key_kid_invalid', {
    alg: 'ES256',
    kid: 'b',
    jwk: key.jwk,
  })
  add('private where public is asked', 'RFC 7517 §9.2', 'key_private_refused', {
    alg: 'ES256',
    kind: 'public',
    jwk: own,
  })
  add('public where private is asked', 'RFC 7517 §9.2', 'key_kind_mismatch', {
    alg: 'ES256',
    kind: 'private',
    jwk: key.jwk,
  })
  add(
    'private key in a verifier',
    'RFC 7517 §9.2',
    'key_private_refused',
    { alg: 'ES256', jwk: own },
    'verify',
  )
  add(
    'public key in a signer',
    'RFC 7515 §5.1',
    'key_not_private',
    { alg: 'ES256', jwk: key.jwk },
    'sign',
  )
  addPems(all, add)
}

function addPems(all: Collector, add: AddKey): void {
  const pem = pemOf(all.key('ES256'))
  const bad = (title: string, expect: string, text: unknown): void =>
    add(`PEM ${title}`, 'RFC 7468 §2', expect, { alg: 'ES256', pem: text })
  bad('as it should be', 'accepted', pem)
  bad('twice', 'key_pem_unsupported', pem + pem)
  bad('with text in front', 'key_pem_unsupported', `subject=x\n${pem}`)
  bad('as a certificate', 'key_pem_unsupported', pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'))
  bad('as an RSA public key', 'key_pem_unsupported', pem.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY'))
  bad(
    'as an encrypted private key',
    'key_pem_unsupported',
    pem.replaceAll('PUBLIC', 'ENCRYPTED PRIVATE'),
  )
  bad(
    'with other labels at its ends',
    'key_pem_unsupported',
    pem.replace('END PUBLIC', 'END PRIVATE'),
  )
  bad('with its inside cut', 'key_invalid', pem.replace(/\n[^-]{20}/, '\n'))
  bad('empty', 'key_pem_unsupported', '')
  bad('a number', 'key_pem_unsupported', 5)
  const ec = all.key('ES256').signing as KeyObject
  bad('in SEC 1 form', 'key_pem_unsupported', ec.export({ format: 'pem', type: 'sec1' }))
  add(
    'PEM private',
    'RFC 5958 §2',
    'accepted',
    { alg: 'ES256', pem: ec.export({ format: 'pem', type: 'pkcs8' }) },
    'sign',
  )
}

function addSets(all: Collector): void {
  const es = { alg: 'ES256', jwk: all.key('ES256').jwk }
  const add = (id: string, expect: string, keys: KeyInput[]): void =>
    all.add({
      kind: 'keySet',
      area: 'key',
      id: `key set: ${id}`,
      source: 'RFC 7517 §4.5',
      expect,
      keys,
    })
  const anonymous = { alg: 'ES256', jwk: without(all.key('ES256').jwk, 'kid') }
  const other = { alg: 'ES256', jwk: { ...all.key('ES256-other').jwk, kid: 'kid-ES256' } }
  add('the same key twice', 'key_duplicate', [es, es])
  add('two keys with one kid and alg', 'key_duplicate', [es, other])
  add('two keys without kid', 'key_duplicate', [
    anonymous,
    { alg: 'ES256', jwk: without(all.key('ES256-other').jwk, 'kid') },
  ])
  add('one kid, two algorithms', 'accepted', [
    es,
    { alg: 'RS256', jwk: { ...all.key('RS256').jwk, kid: 'kid-ES256' } },
  ])
  add('a private key', 'key_private_refused', [
    { alg: 'ES256', jwk: privateJwkOf(all.key('ES256')) },
  ])
  add('empty', 'accepted', [])
}

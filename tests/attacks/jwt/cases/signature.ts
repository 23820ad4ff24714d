import {
  constants,
  createHash,
  createHmac,
  privateEncrypt,
  sign,
  type KeyObject,
} from 'node:crypto'
import {
  claimsOf,
  encode,
  forge,
  headerOf,
  now,
  signBytes,
  signPss,
  withSignature,
} from '../token-forge.ts'
import type { Collector } from './collect.ts'

const orders: Record<string, bigint> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ES512:
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
}
const edwardsOrder = 2n ** 252n + 27742317777372353535851937790883648493n

function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

export function addSignatureCases(all: Collector): void {
  for (const name of [
    'HS256',
    'HS512',
    'RS256',
    'PS256',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'ML-DSA-44',
  ]) {
    addTampering(all, name)
  }
  for (const name of ['ES256', 'ES384', 'ES512']) addEcdsa(all, name)
  addEdwards(all)
  addRsa(all)
  addMac(all)
  addSplices(all)
}

function addTampering(all: Collector, name: string): void {
  const token = forge(all.key(name))
  const more = {
    keys: [name],
    ...(name.startsWith('ML-') || name === 'EdDSA' ? { needs: name } : {}),
  }
  const add = (title: string, expect: string, change: (signature: Buffer) => Uint8Array): void =>
    all.token(
      'signature',
      `${name} ${title}`,
      'RFC 7515 §5.2',
      expect,
      withSignature(token, change),
      more,
    )
  const flip = (at: number, bit: number) => (signature: Buffer) => {
    signature[at < 0 ? signature.length + at : at]! ^= bit
    return signature
  }
  add('first bit flipped', 'signature_invalid', flip(0, 0x80))
  add('last bit flipped', 'signature_invalid', flip(-1, 1))
  add('middle bit flipped', 'signature_invalid', flip(20, 0x10))
  add('one byte short', 'signature_length', (signature) => signature.subarray(0, -1))
  add('one byte long', 'signature_length', (signature) => Buffer.concat([signature, Buffer.of(0)]))
  add('a zero byte in front', 'signature_length', (signature) =>
    Buffer.concat([Buffer.of(0), signature]),
  )
  add('twice', 'signature_length', (signature) => Buffer.concat([signature, signature]))
  add('all zero', 'signature_invalid', (signature) => signature.fill(0))
  add('all ones', 'signature_invalid', (signature) => signature.fill(0xff))
}

/** Source: RFC 7518 §3.4, and CVE-2022-21449 for the zeros. */
function addEcdsa(all: Collector, name: string): void {
  const key = all.key(name)
  const token = forge(key)
  const order = orders[name]!
  const more = { keys: [name] }
  const pair = (change: (r: bigint, s: bigint) => [bigint, bigint]) => (signature: Buffer) => {
    const half = signature.length / 2
    const [r, s] = change(toNumber(signature.subarray(0, half)), toNumber(signature.subarray(half)))
    return Buffer.concat([toBytes(r, half), toBytes(s, half)])
  }
  const add = (title: string, expect: string, change: (signature: Buffer) => Uint8Array): void =>
    all.token(
      'signature',
      `${name} ${title}`,
      'RFC 7518 §3.4',
      expect,
      withSignature(token, change),
      more,
    )
  add(
    'r is 0',
    'signature_invalid',
    pair((_r, s) => [0n, s]),
  )
  add(
    's is 0',
    'signature_invalid',
    pair((r) => [r, 0n]),
  )
  add(
    'r is the order',
    'signature_invalid',
    pair((_r, s) => [order, s]),
  )
  add(
    's is the order',
    'signature_invalid',
    pair((r) => [r, order]),
  )
  add(
    'r and s are 1',
    'signature_invalid',
    pair(() => [1n, 1n]),
  )
  add(
    'r and s are the order less 1',
    'signature_invalid',
    pair(() => [order - 1n, order - 1n]),
  )
  add(
    'r and s exchanged',
    'signature_invalid',
    pair((r, s) => [s, r]),
  )
  add(
    'negated s, which is as valid',
    'accepted',
    pair((r, s) => [r, order - s]),
  )
  const input = token.slice(0, token.lastIndexOf('.'))
  const der = sign(`sha${name.slice(2)}`, Buffer.from(input), key.signing)
  const isSameLength = der.length === (name === 'ES512' ? 132 : Number(name.slice(2)) / 4)
  if (!isSameLength) {
    const derToken = `${input}.${der.toString('base64url')}`
    all.token('signature', `${name} in DER`, 'RFC 7518 §3.4', 'signature_length', derToken, more)
  }
}

/** Source: RFC 8032 §5.1.7 (S must be below the order). */
function addEdwards(all: Collector): void {
  const token = forge(all.key('EdDSA'))
  const malleable = withSignature(token, (signature) => {
    const s = toNumber(signature.subarray(32).toReversed()) + edwardsOrder
    return Buffer.concat([signature.subarray(0, 32), toBytes(s, 32).toReversed()])
  })
  const more = { keys: ['EdDSA'], needs: 'EdDSA' }
  all.token(
    'signature',
    'EdDSA S plus the order',
    'RFC 8032 §5.1.7',
    'signature_invalid',
    malleable,
    more,
  )
  const neutral = withSignature(token, () => Buffer.concat([Buffer.of(1), Buffer.alloc(63)]))
  all.token(
    'signature',
    'EdDSA neutral R and S 0',
    'RFC 8032 §5.1.7',
    'signature_invalid',
    neutral,
    more,
  )
}

/** Source: RFC 8017 §8. */
function addRsa(all: Collector): void {
  const rsa = all.key('RS256')
  const pss = all.key('PS256')
  const input = `${encode(headerOf(rsa))}.${encode(claimsOf())}`
  const signing = rsa.signing as KeyObject
  const add = (title: string, signature: Buffer): void =>
    all.token(
      'signature',
      `RS256 ${title}`,
      'RFC 8017 §8.2.2',
      'signature_invalid',
      `${input}.${signature.toString('base64url')}`,
      { keys: ['RS256'] },
    )
  add('with SHA-1', sign('sha1', Buffer.from(input), signing))
  add('with SHA-512', sign('sha512', Buffer.from(input), signing))
  const digest = createHash('sha256').update(input).digest()
  add('bare digest, no DigestInfo', privateEncrypt(signing, digest))
  const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  add(
    'DigestInfo with garbage behind',
    privateEncrypt(signing, Buffer.concat([prefix, digest, Buffer.alloc(8)])),
  )
  const modulus = Buffer.from(rsa.jwk['n'] as string, 'base64url')
  add('the modulus itself', modulus)
  const pssInput = `${encode(headerOf(pss))}.${encode(claimsOf())}`
  for (const [title, salt] of [
    ['empty salt', 0],
    ['longest salt', constants.RSA_PSS_SALTLEN_MAX_SIGN],
    ['salt of 20 bytes', 20],
  ] as const) {
    const signature = signPss(pss, Buffer.from(pssInput), salt).toString('base64url')
    all.token(
      'signature',
      `PS256 ${title}`,
      'RFC 7518 §3.5',
      'signature_invalid',
      `${pssInput}.${signature}`,
      { keys: ['PS256'] },
    )
  }
}

/** Source: RFC 7518 §3.2. */
function addMac(all: Collector): void {
  const key = all.key('HS256')
  const input = `${encode(headerOf(key))}.${encode(claimsOf())}`
  const mac = signBytes(key, input)
  const add = (title: string, expect: string, signature: Buffer | string): void => {
    const text = typeof signature === 'string' ? signature : signature.toString('base64url')
    all.token('signature', `HS256 ${title}`, 'RFC 7518 §3.2', expect, `${input}.${text}`, {
      keys: ['HS256'],
    })
  }
  add('half of it', 'signature_length', mac.subarray(0, 16))
  add('one byte of it', 'signature_length', mac.subarray(0, 1))
  add('in hexadecimal', 'signature_length', mac.toString('hex'))
  add('of the payload only', 'signature_invalid', signBytes(key, encode(claimsOf())))
  add(
    'of the decoded parts',
    'signature_invalid',
    signBytes(key, `${JSON.stringify(headerOf(key))}.${JSON.stringify(claimsOf())}`),
  )
  add(
    'HMAC with SHA-512 cut',
    'signature_invalid',
    createHmac('sha512', key.signing).update(input).digest().subarray(0, 32),
  )
  add('plain hash', 'signature_invalid', createHash('sha256').update(input).digest())
}

/** Parts of good tokens put together. Source: RFC 7515 §5.2. */
function addSplices(all: Collector): void {
  const key = all.key('ES256')
  const [header, payload, signature] = forge(key).split('.') as [string, string, string]
  const admin = encode(claimsOf({ sub: 'admin' }))
  const add = (title: string, token: string): void =>
    all.token('signature', title, 'RFC 7515 §5.2', 'signature_invalid', token)
  add('another payload', `${header}.${admin}.${signature}`)
  add('another header', `${encode(headerOf(key, { cty: 'x' }))}.${payload}.${signature}`)
  add(
    'signature of another token',
    `${header}.${payload}.${forge(key, headerOf(key), claimsOf({ exp: now + 5 })).split('.')[2]!}`,
  )
  add('signature by another key', forge({ ...all.key('ES256-other'), kid: key.kid }))
  add(
    'payload in a longer header',
    `${header}${payload.slice(0, 4)}.${payload.slice(4)}.${signature}`.replace(
      header + payload.slice(0, 4),
      encode(headerOf(key, { x5t: 'y' })),
    ),
  )
}

import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'

/** The moment all cases are set in, in Unix seconds. */
export const now = 1_800_000_000
export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'

export type Json = Record<string, unknown>

/** A throw-away key: what verifies, as a JWK, and what signs. */
export interface ForgeKey {
  readonly alg: string
  readonly kid: string
  readonly signing: KeyObject | Buffer
  readonly jwk: Json
}

const pairs: Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }> = {
  RS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  Ed25519: () => generateKeyPairSync('ed25519'),
  'ML-DSA-44': () => generateKeyPairSync('ml-dsa-44'),
  'ML-DSA-65': () => generateKeyPairSync('ml-dsa-65'),
  'ML-DSA-87': () => generateKeyPairSync('ml-dsa-87'),
}

export function makeKey(alg: string, kid = `kid-${alg}`): ForgeKey {
  if (alg.startsWith('HS')) {
    const signing = randomBytes(Number(alg.slice(2)) / 8)
    return { alg, kid, signing, jwk: { kty: 'oct', k: signing.toString('base64url'), alg, kid } }
  }
  const make = pairs[alg] ?? pairs[alg.slice(0, 2)]!
  const { privateKey, publicKey } = make()
  return {
    alg,
    kid,
    signing: privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), alg, kid },
  }
}

export function encode(value: unknown): string {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    return Buffer.from(value as string).toString('base64url')
  }
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export function signBytes(key: ForgeKey, input: string | Buffer): Buffer {
  const hash = `sha${key.alg.slice(2)}`
  const bytes = Buffer.from(input as string)
  if (Buffer.isBuffer(key.signing)) return createHmac(hash, key.signing).update(bytes).digest()
  switch (key.alg.slice(0, 2)) {
    case 'RS':
      return sign(hash, bytes, key.signing)
    case 'PS':
      return signPss(key, bytes, constants.RSA_PSS_SALTLEN_DIGEST)
    case 'ES':
      return sign(hash, bytes, { key: key.signing, dsaEncoding: 'ieee-p1363' })
    default:
      return sign(null, bytes, key.signing)
  }
}

export function signPss(key: ForgeKey, input: Buffer, saltLength: number): Buffer {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const signing = key.signing as KeyObject
  return sign(`sha${key.alg.slice(2)}`, input, { key: signing, padding, saltLength })
}

export function headerOf(key: ForgeKey, more: Json = {}): Json {
  return { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...more }
}

export function claimsOf(more: Json = {}): Json {
  const usual = {
    iss: issuer,
    sub: 'AZrBz4V3cLeJ0nqUx2kM9w',
    aud: audience,
    exp: now + 600,
    iat: now,
    jti: 'q83vEjRWeJA',
    client_id: 'web',
    sid: 'AZrBz4V3f-2hQ5sVb1tN7g',
  }
  return { ...usual, ...more }
}

/** Sign any header and payload: objects, JSON text, or bytes. */
export function forge(
  key: ForgeKey,
  header: unknown = headerOf(key),
  payload: unknown = claimsOf(),
): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${signBytes(key, input).toString('base64url')}`
}

/** Sign parts that are already encoded, however wrongly. */
export function forgeEncoded(key: ForgeKey, header: string, payload: string): string {
  const input = `${header}.${payload}`
  return `${input}.${signBytes(key, input).toString('base64url')}`
}

export function withSignature(token: string, change: (signature: Buffer) => Uint8Array): string {
  const end = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  return `${token.slice(0, end)}.${Buffer.from(change(signature)).toString('base64url')}`
}

export function pemOf(key: ForgeKey): string {
  const publicKey = createPublicKey({ key: key.jwk, format: 'jwk' })
  return publicKey.export({ format: 'pem', type: 'spki' }) as string
}

export function privateJwkOf(key: ForgeKey): Json {
  const signing = key.signing as KeyObject
  return {
    ...createPrivateKey(signing.export({ format: 'pem', type: 'pkcs8' })).export({ format: 'jwk' }),
  }
}

export function without(jwk: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)))
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  KeyObject,
  randomBytes,
  sign as signOnce,
  timingSafeEqual,
  verify as verifyOnce,
  constants,
  type JsonWebKey,
} from 'node:crypto'
import { factsOf, type Algorithm } from '../algorithms.ts'
import { decodeBase64url } from '../base64url.ts'
import { isScalarPair } from '../ecdsa-range.ts'
import { KeyError, TokenError, type TokenErrorCode } from '../errors.ts'
import type { Jwk, KeyKind, KeyMembers } from '../jwk.ts'

/** A key as node:crypto holds it. */
export type NativeKey = KeyObject

/** Whether signing and verifying are possible without a promise. */
export const hasSync = true

/** What node:crypto needs, prepared once for each key. */
export interface Material {
  readonly alg: Algorithm
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly signatureBytes: number
  readonly signatureChars: number
  readonly isEcdsa: boolean
  readonly signInput: SignInput | undefined
  readonly verifyInput: SignInput | undefined
  readonly pads: HmacPads | undefined
}

interface SignInput {
  readonly key: KeyObject
  readonly dsaEncoding: 'ieee-p1363'
  readonly padding?: number
  readonly saltLength?: number
}

interface HmacPads {
  readonly blockBytes: number
  readonly inner: Buffer
  /** The outer pad, with room for the inner digest behind it. */
  readonly outer: Buffer
}

/** Grows to the longest token seen; synchronous code only, so that nobody else writes meanwhile. */
let scratch = Buffer.allocUnsafeSlow(16_384)
const blockRoom = 128

function reserve(length: number): void {
  if (scratch.length < length + blockRoom)
    scratch = Buffer.allocUnsafeSlow(2 * (length + blockRoom))
}

/** Decode one part of a token to text. Errors: `encoding_invalid`, `utf8_invalid`. */
export function decodePart(part: string): string {
  reserve(part.length * 3)
  const length = scratch.write(part, 0, 'base64url')
  if (scratch.toString('base64url', 0, length) !== part) throw new TokenError('encoding_invalid')
  const text = scratch.toString('utf8', 0, length)
  if (text.includes('\ufffd') && !Buffer.from(text).equals(scratch.subarray(0, length))) {
    throw new TokenError('utf8_invalid')
  }
  return text
}

/** Encode text as a part of a token. */
export function encodePart(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** Check the signature of `token`, whose signing input ends before `end`. */
export function checkSignature(
  material: Material,
  token: string,
  end: number,
): TokenErrorCode | undefined {
  const text = token.slice(end + 1)
  if (text.length !== material.signatureChars) {
    return decodeBase64url(text) === undefined ? 'encoding_invalid' : 'signature_length'
  }
  const signature = Buffer.from(text, 'base64url')
  if (signature.length !== material.signatureBytes || signature.toString('base64url') !== text) {
    return 'encoding_invalid'
  }
  if (material.pads !== undefined) {
    return timingSafeEqual(hmac(material, token.slice(0, end)), signature)
      ? undefined
      : 'signature_invalid'
  }
  if (material.isEcdsa && !isScalarPair(material.alg, signature)) return 'signature_invalid'
  reserve(end)
  const input = scratch.subarray(0, scratch.write(token.slice(0, end), 0, 'latin1'))
  return verifyOnce(material.digest, input, material.verifyInput!, signature)
    ? undefined
    : 'signature_invalid'
}

export async function checkSignatureAsync(
  material: Material,
  token: string,
  end: number,
): Promise<TokenErrorCode | undefined> {
  return checkSignature(material, token, end)
}

/** Sign ASCII text; the signature comes back as base64url. */
export function makeSignature(material: Material, input: string): string {
  if (material.pads !== undefined) return hmac(material, input).toString('base64url')
  reserve(input.length)
  const bytes = scratch.subarray(0, scratch.write(input, 0, 'latin1'))
  return signOnce(material.digest, bytes, material.signInput!).toString('base64url')
}

export async function makeSignatureAsync(material: Material, input: string): Promise<string> {
  return makeSignature(material, input)
}

/** HMAC as its definition: two one-shot hashes over prepared pads. Spec: RFC 2104 §2. */
function hmac(material: Material, input: string): Buffer {
  const { blockBytes, inner, outer } = material.pads!
  reserve(input.length)
  inner.copy(scratch, 0)
  const length = blockBytes + scratch.write(input, blockBytes, 'latin1')
  hash(material.digest!, scratch.subarray(0, length), 'buffer').copy(outer, blockBytes)
  return hash(material.digest!, outer, 'buffer')
}

/** Prepare a key for use; the runtime refuses what is not on its curve. */
export function makeMaterial(alg: Algorithm, kind: KeyKind, members: KeyMembers): Material {
  if (kind === 'secret') return describe(alg, undefined, undefined, preparePads(alg, members['k']!))
  const jwk = members as unknown as JsonWebKey
  if (kind === 'public') return describe(alg, undefined, readJwk(createPublicKey, jwk), undefined)
  const privateKey = readJwk(createPrivateKey, jwk)
  const material = describe(alg, privateKey, createPublicKey(privateKey), undefined)
  checkPair(material, members)
  return material
}

export async function makeMaterialAsync(
  alg: Algorithm,
  kind: KeyKind,
  members: KeyMembers,
): Promise<Material> {
  return makeMaterial(alg, kind, members)
}

/** The same material without its private half. */
export function publicMaterial(material: Material): Material {
  return { ...material, signInput: undefined }
}

function readJwk(
  create: typeof createPublicKey | typeof createPrivateKey,
  jwk: JsonWebKey,
): KeyObject {
  try {
    return create({ key: jwk, format: 'jwk' })
  } catch {
    throw new KeyError(jwk.kty === 'EC' ? 'key_point_invalid' : 'key_invalid')
  }
}

function describe(
  alg: Algorithm,
  privateKey: KeyObject | undefined,
  publicKey: KeyObject | undefined,
  pads: HmacPads | undefined,
): Material {
  const facts = factsOf(alg)
  const signatureBytes =
    facts.signatureBytes || Math.ceil((publicKey?.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  const wrap = (key: KeyObject | undefined): SignInput | undefined => {
    if (key === undefined) return undefined
    if (facts.family !== 'rsa-pss') return { key, dsaEncoding: 'ieee-p1363' }
    return {
      key,
      dsaEncoding: 'ieee-p1363',
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: facts.hashBits / 8,
    }
  }
  return {
    alg,
    digest: facts.hashBits === 0 ? null : `sha${facts.hashBits}`,
    signatureBytes,
    signatureChars: Math.ceil((signatureBytes * 4) / 3),
    isEcdsa: facts.family === 'ecdsa',
    signInput: wrap(privateKey),
    verifyInput: wrap(publicKey),
    pads,
  }
}

function preparePads(alg: Algorithm, k: string): HmacPads {
  const { hashBits } = factsOf(alg)
  const blockBytes = hashBits === 256 ? 64 : 128
  let secret: Buffer = Buffer.from(k, 'base64url')
  if (secret.length > blockBytes) secret = hash(`sha${hashBits}`, secret, 'buffer')
  const inner = Buffer.alloc(blockBytes, 0x36)
  const outer = Buffer.alloc(blockBytes + hashBits / 8, 0x5c)
  for (const [index, byte] of secret.entries()) {
    inner[index]! ^= byte
    outer[index]! ^= byte
  }
  return { blockBytes, inner, outer }
}

/** OpenSSL takes a private key with somebody else's public members: sign once to find out. */
function checkPair(material: Material, members: KeyMembers): void {
  const probe = Buffer.from('key pair')
  const own = createPublicKey({ key: publicOnly(members), format: 'jwk' })
  const signature = signOnce(material.digest, probe, material.signInput!)
  if (!verifyOnce(material.digest, probe, { ...material.signInput!, key: own }, signature)) {
    throw new KeyError('key_pair_mismatch')
  }
}

function publicOnly(members: KeyMembers): JsonWebKey {
  const { kty, crv, x, y, n, e, alg, pub } = members
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, alg, pub })) as JsonWebKey
}

/** Read one PEM block whose label was already checked. */
export function readPem(_alg: Algorithm, label: 'PUBLIC KEY' | 'PRIVATE KEY', pem: string): Jwk {
  let key: KeyObject
  try {
    key = label === 'PUBLIC KEY' ? createPublicKey(pem) : createPrivateKey(pem)
  } catch {
    throw new KeyError('key_invalid')
  }
  return readNative(key)
}

export async function readPemAsync(
  alg: Algorithm,
  label: 'PUBLIC KEY' | 'PRIVATE KEY',
  pem: string,
): Promise<Jwk> {
  return readPem(alg, label, pem)
}

/** A KeyObject as a JWK, so that every source passes the same checks. */
export function readNative(key: unknown): Jwk {
  if (!(key instanceof KeyObject)) throw new KeyError('key_source_invalid', 'keyObject')
  try {
    return key.export({ format: 'jwk' }) as Jwk
  } catch {
    throw new KeyError('key_type_mismatch', 'kty')
  }
}

export async function readNativeAsync(key: unknown): Promise<Jwk> {
  return readNative(key)
}

const generateParameters = {
  RSA: ['rsa', { modulusLength: 2048, publicExponent: 65537 }],
  EC: ['ec', undefined],
  OKP: ['ed25519', undefined],
  AKP: ['', undefined],
} as const

/** Make the members of a new key. */
export function generateMembers(alg: Algorithm): Jwk {
  const { kty, hashBits, curve } = factsOf(alg)
  if (kty === 'oct') return { kty, k: randomBytes(hashBits / 8).toString('base64url') }
  const type = kty === 'AKP' ? alg.toLowerCase() : generateParameters[kty][0]
  const options = kty === 'EC' ? { namedCurve: curve } : generateParameters[kty][1]
  try {
    const make = generateKeyPairSync as unknown as (
      type: string,
      options?: object,
    ) => { privateKey: KeyObject }
    return make(type, options).privateKey.export({ format: 'jwk' }) as Jwk
  } catch {
    throw new KeyError('key_alg_unsupported', 'alg')
  }
}

export async function generateMembersAsync(alg: Algorithm): Promise<Jwk> {
  return generateMembers(alg)
}

/** SHA-256 of text, as base64url. */
export function digestText(text: string): string {
  return hash('sha256', text, 'base64url')
}

export async function digestTextAsync(text: string): Promise<string> {
  return digestText(text)
}

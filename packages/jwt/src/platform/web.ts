import { factsOf, type Algorithm } from '../algorithms.ts'
import { decodeBase64url, encodeBase64url } from '../base64url.ts'
import { isScalarPair, orderOf } from '../curves.ts'
import {
  KeyError,
  OptionError,
  TokenError,
  type KeyErrorCode,
  type TokenErrorCode,
} from '../errors.ts'
import type { DecodedPart } from '../token-parts.ts'
import type { Jwk, KeyKind, KeyMembers } from '../jwk.ts'

type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>
type Parameters = {
  name: string
  hash?: string
  saltLength?: number
  namedCurve?: string
  length?: number
}

/** The message of an error: here its code. */
export function explain(code: string, at?: string): string {
  return at === undefined ? code : `${code}: ${at}`
}

/** WebCrypto answers with promises only. */
export const hasSync = false

/** What WebCrypto needs, prepared once for each key. */
export interface Material {
  readonly parameters: Parameters
  readonly signatureBytes: number
  readonly order: bigint | undefined
  readonly signKey: CryptoKey | undefined
  readonly verifyKey: CryptoKey | undefined
}

function unavailable(): never {
  throw new OptionError('sync_unavailable', '.async')
}

export {
  unavailable as checkSignature,
  unavailable as digestText,
  unavailable as generateMembers,
  unavailable as makeMaterial,
  unavailable as makePublicMaterial,
  unavailable as readNative,
  unavailable as readPem,
  unavailable as signToken,
}

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decode one part of a token. Errors: `encoding_invalid`, `utf8_invalid`. */
export function decodePart(part: string): DecodedPart {
  const bytes = decodeBase64url(part)
  if (bytes === undefined) throw new TokenError('encoding_invalid')
  try {
    return { text: decoder.decode(bytes), bytes, length: bytes.length }
  } catch {
    throw new TokenError('utf8_invalid')
  }
}

/** Check the signature of `token`, whose signing input ends before `end`. */
export async function checkSignatureAsync(
  material: Material,
  token: string,
  end: number,
): Promise<TokenErrorCode | undefined> {
  const { parameters, signatureBytes, order, verifyKey } = material
  const signature = decodeBase64url(token.slice(end + 1))
  if (signature === undefined) return 'encoding_invalid'
  if (signature.length !== signatureBytes) return 'signature_length'
  if (order !== undefined && !isScalarPair(order, signature)) return 'signature_invalid'
  const input = encoder.encode(token.slice(0, end))
  const isGood = await crypto.subtle.verify(parameters, verifyKey!, signature, input)
  return isGood ? undefined : 'signature_invalid'
}

/** Make a token of an encoded header with its dot and the payload's JSON. */
export async function signTokenAsync(
  { parameters, signKey }: Material,
  start: string,
  json: string,
): Promise<string> {
  const input = start + encodeBase64url(encoder.encode(json))
  const signature = await crypto.subtle.sign(parameters, signKey!, encoder.encode(input))
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`
}

/** Prepare a public key for use. */
export async function makePublicMaterialAsync(
  alg: Algorithm,
  members: KeyMembers,
): Promise<Material> {
  const verifyKey = await readMembers(alg, members, ['verify'])
  return describe(alg, members, undefined, verifyKey)
}

/** Prepare a key for use. */
export async function makeMaterialAsync(
  alg: Algorithm,
  kind: KeyKind,
  members: KeyMembers,
): Promise<Material> {
  if (kind === 'public') return makePublicMaterialAsync(alg, members)
  if (kind === 'secret') {
    const key = await readMembers(alg, members, ['sign', 'verify'])
    return describe(alg, members, key, key)
  }
  const verifyKey = await readMembers(alg, publicOnly(members), ['verify'])
  // The public half was good, so what is wrong now is that the private half does not fit.
  const signKey = await readMembers(alg, members, ['sign'], 'key_pair_mismatch')
  const material = describe(alg, members, signKey, verifyKey)
  await checkPair(material)
  return material
}

function describe(
  alg: Algorithm,
  members: KeyMembers,
  signKey: CryptoKey | undefined,
  verifyKey: CryptoKey | undefined,
): Material {
  const { kty, curve, signatureBytes } = factsOf(alg)
  return {
    parameters: parametersOf(alg),
    signatureBytes: signatureBytes || decodeBase64url(members['n']!)!.length,
    order: kty === 'EC' ? orderOf(curve!) : undefined,
    signKey,
    verifyKey,
  }
}

/** The same material without its private half. */
export function publicMaterial(material: Material): Material {
  return { ...material, signKey: undefined }
}

function parametersOf(alg: Algorithm): Parameters {
  const { family, hashBits, curve } = factsOf(alg)
  const hash = `SHA-${hashBits}`
  switch (family) {
    case 'hmac':
      return { name: 'HMAC', hash }
    case 'rsa-pkcs1':
      return { name: 'RSASSA-PKCS1-v1_5', hash }
    case 'rsa-pss':
      return { name: 'RSA-PSS', hash, saltLength: hashBits / 8 }
    case 'ecdsa':
      return { name: 'ECDSA', hash, namedCurve: curve! }
    case 'eddsa':
      return { name: 'Ed25519' }
    case 'ml-dsa':
      return { name: alg }
  }
}

async function readMembers(
  alg: Algorithm,
  members: KeyMembers,
  usages: ('sign' | 'verify')[],
  code: KeyErrorCode = 'key_invalid',
): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('jwk', members, parametersOf(alg), false, usages)
  } catch (error) {
    throw toKeyError(error, code)
  }
}

function toKeyError(error: unknown, code: KeyErrorCode): KeyError {
  const isMissing = error instanceof Error && error.name === 'NotSupportedError'
  return isMissing ? new KeyError('key_alg_unsupported', 'alg') : new KeyError(code)
}

function publicOnly(members: KeyMembers): KeyMembers {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, priv: _priv, ...rest } = members
  return rest
}

/** Not every runtime compares the two halves: sign once to find out. */
async function checkPair({ parameters, signKey, verifyKey }: Material): Promise<void> {
  const probe = encoder.encode('key pair')
  const signature = await crypto.subtle.sign(parameters, signKey!, probe)
  if (!(await crypto.subtle.verify(parameters, verifyKey!, signature, probe))) {
    throw new KeyError('key_pair_mismatch')
  }
}

/** Read one PEM block whose label was already checked. */
export async function readPemAsync(
  alg: Algorithm,
  label: 'PUBLIC KEY' | 'PRIVATE KEY',
  pem: string,
): Promise<Jwk> {
  const body = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')
  const text = body
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '')
  const bytes = body.length % 4 === 0 ? decodeBase64url(text) : undefined
  if (bytes === undefined) throw new KeyError('key_invalid')
  const [format, usage] =
    label === 'PUBLIC KEY' ? (['spki', 'verify'] as const) : (['pkcs8', 'sign'] as const)
  let key: CryptoKey
  try {
    key = await crypto.subtle.importKey(format, bytes, parametersOf(alg), true, [usage])
  } catch (error) {
    throw toKeyError(error, 'key_invalid')
  }
  return readNativeAsync(key)
}

/** A CryptoKey as a JWK, so that every source passes the same checks. */
export async function readNativeAsync(key: unknown): Promise<Jwk> {
  if (typeof CryptoKey !== 'function' || !(key instanceof CryptoKey)) {
    throw new KeyError('key_source_invalid', 'keyObject')
  }
  if (!key.extractable) throw new KeyError('key_not_extractable')
  return withoutLabels((await crypto.subtle.exportKey('jwk', key)) as Jwk)
}

/** Make the members of a new key. */
export async function generateMembersAsync(alg: Algorithm): Promise<Jwk> {
  const { kty, hashBits } = factsOf(alg)
  if (kty === 'oct') {
    return { kty, k: encodeBase64url(crypto.getRandomValues(new Uint8Array(hashBits / 8))) }
  }
  const size = kty === 'RSA' ? { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) } : {}
  try {
    const parameters = { ...parametersOf(alg), ...size }
    const pair: unknown = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
    const { privateKey } = pair as { privateKey: CryptoKey }
    return withoutLabels((await crypto.subtle.exportKey('jwk', privateKey)) as Jwk)
  } catch (error) {
    throw toKeyError(error, 'key_invalid')
  }
}

/** WebCrypto writes its own idea of alg, key_ops and ext; only AKP needs its alg. */
function withoutLabels(jwk: Jwk): Jwk {
  const { key_ops: _operations, ext: _extractable, alg, ...rest } = jwk
  return jwk.kty === 'AKP' ? { ...rest, alg: alg! } : rest
}

/** SHA-256 of text, as base64url. */
export async function digestTextAsync(text: string): Promise<string> {
  return encodeBase64url(
    new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))),
  )
}

import { factsOf, type Algorithm, type AlgorithmFacts } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { isEdwardsPoint } from './edwards-point.ts'
import { KeyError } from './errors.ts'
import { isCurvePoint } from './curves.ts'

/** What a key is good for: `public` verifies, `private` signs, `secret` does both. */
export type KeyKind = 'public' | 'private' | 'secret'

/** A JSON Web Key. Spec: RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 9964 §3. */
export interface Jwk {
  kty?: string
  alg?: string
  kid?: string
  use?: string
  key_ops?: string[]
  crv?: string
  [member: string]: unknown
}

/** The members that make up the key itself, checked and canonical. */
export interface KeyMembers {
  readonly kty: string
  readonly [member: string]: string
}

export interface CheckedJwk {
  readonly kind: KeyKind
  readonly kid: string | undefined
  readonly members: KeyMembers
}

const operationsNeeded = { public: ['verify'], private: ['sign'], secret: ['sign', 'verify'] }

/** The members that are the public key, in the order RFC 7638 §3.2 hashes them. */
export const publicMembers = {
  oct: ['k', 'kty'],
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  AKP: ['alg', 'kty', 'pub'],
} as const satisfies Record<AlgorithmFacts['kty'], readonly string[]>

/**
 * Check what is public of a JWK for one algorithm, and keep only what makes up the key. Points are
 * checked here and not left to the runtimes, some of which take any bytes.
 */
export function checkPublicJwk(alg: Algorithm, jwk: Jwk): CheckedJwk {
  checkLabels(alg, jwk, 'public')
  return { kind: 'public', kid: jwk.kid, members: readPublicMembers(alg, jwk) }
}

/** Check what a JWK says of itself. */
export function checkLabels(alg: Algorithm, jwk: Jwk, kind: KeyKind): void {
  const { kty, curve } = factsOf(alg)
  if (typeof jwk !== 'object' || jwk === null) throw new KeyError('key_invalid')
  if (jwk.kty !== kty) throw new KeyError('key_type_mismatch', 'kty')
  if (curve !== undefined && jwk.crv !== curve) throw new KeyError('key_curve_mismatch', 'crv')
  if (jwk.alg !== alg && (kty === 'AKP' || jwk.alg !== undefined)) {
    throw new KeyError('key_alg_mismatch', 'alg')
  }
  checkPurpose(jwk, kind)
  if (jwk.kid !== undefined) checkKid(jwk.kid)
}

/** Key identifiers are compared byte by byte, so an empty or ill-typed one is refused. */
function checkKid(kid: unknown): asserts kid is string {
  if (typeof kid !== 'string' || kid.length === 0 || !kid.isWellFormed()) {
    throw new KeyError('key_kid_invalid', 'kid')
  }
}

/** The kid of the JWK and the one given beside it, which must not contradict each other. */
export function agreeOnKid(own: string | undefined, given: string | undefined): string | undefined {
  if (given !== undefined) checkKid(given)
  if (own !== undefined && given !== undefined && own !== given) {
    throw new KeyError('key_kid_invalid', 'kid')
  }
  return own ?? given
}

/** Read the public members of an asymmetric key. */
export function readPublicMembers(alg: Algorithm, jwk: Jwk): KeyMembers {
  const { kty, curve, publicBytes } = factsOf(alg)
  if (kty === 'RSA') return readRsa(jwk)
  if (kty === 'AKP') return { kty, alg, pub: readBytes(jwk, 'pub', publicBytes).text }
  const x = readBytes(jwk, 'x', publicBytes)
  if (kty === 'OKP') {
    if (!isEdwardsPoint(x.bytes)) throw new KeyError('key_point_invalid', 'x')
    return { kty, crv: curve!, x: x.text }
  }
  const y = readBytes(jwk, 'y', publicBytes)
  if (!isCurvePoint(curve!, x.bytes, y.bytes)) throw new KeyError('key_point_invalid')
  return { kty, crv: curve!, x: x.text, y: y.text }
}

function readRsa(jwk: Jwk): KeyMembers {
  const n = readBytes(jwk, 'n')
  const e = readBytes(jwk, 'e')
  for (const [name, value] of [
    ['n', n],
    ['e', e],
  ] as const) {
    if (value.bytes[0] === 0) throw new KeyError('key_member_invalid', name)
  }
  const modulusBits = n.bytes.length * 8 - (Math.clz32(n.bytes[0]!) - 24)
  if (modulusBits < 2048) throw new KeyError('key_rsa_too_short', 'n')
  if (modulusBits > 8192) throw new KeyError('key_rsa_too_long', 'n')
  if ((n.bytes.at(-1)! & 1) === 0) throw new KeyError('key_member_invalid', 'n')
  const exponent = e.bytes.length > 4 ? 0 : e.bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  if (exponent < 3 || exponent % 2 === 0) throw new KeyError('key_rsa_exponent', 'e')
  return { kty: 'RSA', n: n.text, e: e.text }
}

/** Read one member as canonical base64url. */
export function readBytes(
  jwk: Jwk,
  name: string,
  length?: number,
): { text: string; bytes: Uint8Array } {
  const text = jwk[name]
  if (text === undefined) throw new KeyError('key_member_missing', name)
  const bytes = typeof text === 'string' ? decodeBase64url(text) : undefined
  if (bytes === undefined || (length !== undefined && bytes.length !== length)) {
    throw new KeyError('key_member_invalid', name)
  }
  if (bytes.length === 0 && name !== 'k') throw new KeyError('key_member_invalid', name)
  return { text: text as string, bytes }
}

function checkPurpose(jwk: Jwk, kind: KeyKind): void {
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new KeyError('key_use_mismatch', 'use')
  const operations: unknown = jwk.key_ops
  if (operations === undefined) return
  if (!Array.isArray(operations)) throw new KeyError('key_member_invalid', 'key_ops')
  const named = new Set<unknown>(operations)
  if (named.size !== operations.length) throw new KeyError('key_member_invalid', 'key_ops')
  const isSufficient = operationsNeeded[kind].every((name) => named.delete(name))
  named.delete('sign')
  named.delete('verify')
  if (!isSufficient || named.size > 0) {
    throw new KeyError('key_ops_mismatch', 'key_ops')
  }
}

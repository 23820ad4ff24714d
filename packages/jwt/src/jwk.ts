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
const rsaPrivate = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const

/** The members that are the public key, in the order RFC 7638 §3.2 hashes them. */
export const publicMembers = {
  oct: ['k', 'kty'],
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  AKP: ['alg', 'kty', 'pub'],
} as const satisfies Record<AlgorithmFacts['kty'], readonly string[]>

/**
 * Check a JWK for one algorithm and keep only what makes up the key. Points are checked here and
 * not left to the runtimes, some of which take any bytes.
 */
export function checkJwk(alg: Algorithm, jwk: Jwk): CheckedJwk {
  const facts = factsOf(alg)
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new KeyError('key_invalid')
  }
  if (jwk.kty !== facts.kty) throw new KeyError('key_type_mismatch', 'kty')
  if (facts.curve !== undefined && jwk.crv !== facts.curve) {
    throw new KeyError('key_curve_mismatch', 'crv')
  }
  if (facts.kty === 'AKP' ? jwk.alg !== alg : jwk.alg !== undefined && jwk.alg !== alg) {
    throw new KeyError('key_alg_mismatch', 'alg')
  }
  const { kind, members } = readMembers(alg, facts, jwk)
  checkPurpose(jwk, kind)
  if (jwk.kid !== undefined) checkKid(jwk.kid)
  return { kind, kid: jwk.kid, members }
}

/** Key identifiers are compared byte by byte, so an empty or ill-typed one is refused. */
export function checkKid(kid: unknown): asserts kid is string {
  if (typeof kid !== 'string' || kid.length === 0 || !kid.isWellFormed()) {
    throw new KeyError('key_kid_invalid', 'kid')
  }
}

function readMembers(alg: Algorithm, facts: AlgorithmFacts, jwk: Jwk): Omit<CheckedJwk, 'kid'> {
  switch (facts.kty) {
    case 'oct':
      return { kind: 'secret', members: { kty: 'oct', k: readBytes(jwk, 'k').text } }
    case 'RSA':
      return readRsa(jwk)
    case 'AKP':
      return withPrivate(jwk, 'priv', 32, {
        kty: 'AKP',
        alg,
        pub: readBytes(jwk, 'pub', facts.publicBytes).text,
      })
    case 'EC': {
      const [x, y] = [
        readBytes(jwk, 'x', facts.publicBytes),
        readBytes(jwk, 'y', facts.publicBytes),
      ]
      if (!isCurvePoint(facts.curve!, x.bytes, y.bytes)) throw new KeyError('key_point_invalid')
      const members = { kty: 'EC', crv: facts.curve!, x: x.text, y: y.text }
      return withPrivate(jwk, 'd', facts.publicBytes!, members)
    }
    case 'OKP': {
      const x = readBytes(jwk, 'x', facts.publicBytes)
      if (!isEdwardsPoint(x.bytes)) throw new KeyError('key_point_invalid', 'x')
      return withPrivate(jwk, 'd', 32, { kty: 'OKP', crv: facts.curve!, x: x.text })
    }
  }
}

function withPrivate(
  jwk: Jwk,
  name: string,
  length: number,
  members: KeyMembers,
): Omit<CheckedJwk, 'kid'> {
  if (jwk[name] === undefined) return { kind: 'public', members }
  return { kind: 'private', members: { ...members, [name]: readBytes(jwk, name, length).text } }
}

function readRsa(jwk: Jwk): Omit<CheckedJwk, 'kid'> {
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
  const members: Record<string, string> & KeyMembers = { kty: 'RSA', n: n.text, e: e.text }
  if (rsaPrivate.every((name) => jwk[name] === undefined)) return { kind: 'public', members }
  if (jwk['oth'] !== undefined) throw new KeyError('key_member_invalid', 'oth')
  for (const name of rsaPrivate) members[name] = readBytes(jwk, name).text
  return { kind: 'private', members }
}

function readBytes(jwk: Jwk, name: string, length?: number): { text: string; bytes: Uint8Array } {
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

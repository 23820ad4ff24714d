import { factsOf, type Algorithm } from './algorithms.ts'
import { KeyError } from './errors.ts'
import {
  checkLabels,
  checkPublicJwk,
  readBytes,
  readPublicMembers,
  type CheckedJwk,
  type Jwk,
} from './jwk.ts'

/** The members that only a private key has. */
const privateMembers = {
  oct: [],
  RSA: ['d', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['d'],
  OKP: ['d'],
  AKP: ['priv'],
} as const

/** Check a JWK of any kind for one algorithm, and keep only what makes up the key. */
export function checkJwk(alg: Algorithm, jwk: Jwk): CheckedJwk {
  const { kty, publicBytes } = factsOf(alg)
  if (kty === 'oct') {
    checkLabels(alg, jwk, 'secret')
    return { kind: 'secret', kid: jwk.kid, members: { kty, k: readBytes(jwk, 'k').text } }
  }
  const names = privateMembers[kty]
  if (names.every((name) => jwk?.[name] === undefined)) return checkPublicJwk(alg, jwk)
  checkLabels(alg, jwk, 'private')
  if (jwk['oth'] !== undefined) throw new KeyError('key_member_invalid', 'oth')
  const members = { ...readPublicMembers(alg, jwk) } as Record<string, string> & { kty: string }
  const length = kty === 'RSA' ? undefined : 32
  for (const name of names) {
    members[name] = readBytes(jwk, name, kty === 'EC' ? publicBytes : length).text
  }
  return { kind: 'private', kid: jwk.kid, members }
}

import { factsOf, type Algorithm } from './algorithms.ts'
import { KeyError } from './errors.ts'
import { importKey } from './import-key.ts'
import { publicMembers, type Jwk } from './jwk.ts'
import { Key, requireAlgorithm } from './key.ts'
import { digestText, digestTextAsync, generateMembers, generateMembersAsync } from '#platform'

/**
 * Make a new key: 2,048 bits for RSA, the hash's length for HMAC.
 *
 * `generateKey.async` does the same in runtimes that have WebCrypto only.
 * Errors ({@link KeyError}): `key_alg_unsupported`, also where the runtime lacks the algorithm.
 */
export const generateKey = /* @__PURE__ */ Object.assign(
  (alg: Algorithm, options?: { readonly kid?: string | undefined }): Key =>
    importKey({ alg, kid: options?.kid, jwk: generateMembers(requireAlgorithm(alg)) }),
  {
    async: async (alg: Algorithm, options?: { readonly kid?: string | undefined }): Promise<Key> =>
      importKey.async({
        alg,
        kid: options?.kid,
        jwk: await generateMembersAsync(requireAlgorithm(alg)),
      }),
  },
)

/**
 * Write a key as a JWK with its `alg`, `kid` and `use`; the public half unless asked otherwise.
 *
 * Spec: RFC 7517 §4. Errors ({@link KeyError}): `key_kind_mismatch` when the public half of a
 * secret is asked for, `key_not_private` when the private half of a public key is.
 */
export function exportJwk(key: Key, options?: { readonly private?: boolean | undefined }): Jwk {
  const wantsPrivate = options?.private === true
  if (wantsPrivate && key.kind === 'public') throw new KeyError('key_not_private')
  if (!wantsPrivate && key.kind === 'secret') throw new KeyError('key_kind_mismatch')
  const all = Key.membersOf(key)
  const members: Jwk = {}
  for (const name of wantsPrivate ? Object.keys(all) : publicMembers[factsOf(key.alg).kty]) {
    members[name] = all[name]
  }
  const named = key.kid === undefined ? {} : { kid: key.kid }
  return { ...members, ...named, alg: key.alg, use: 'sig' }
}

/**
 * The SHA-256 thumbprint of a key, as base64url (43 characters).
 *
 * `thumbprint.async` does the same in runtimes that have WebCrypto only.
 * A JWK need not say its algorithm; only the members that make up its public half are read.
 * Spec: RFC 7638 §3, RFC 8037 §2, RFC 9964 §6.
 * Errors ({@link KeyError}): `key_type_mismatch`, `key_member_missing`, `key_member_invalid`.
 */
export const thumbprint = /* @__PURE__ */ Object.assign(
  (key: Key | Jwk): string => digestText(canonicalText(key)),
  { async: (key: Key | Jwk): Promise<string> => digestTextAsync(canonicalText(key)) },
)

function canonicalText(key: Key | Jwk): string {
  const source: Jwk = Key.is(key) ? Key.membersOf(key) : key
  if (!isKeyType(source?.kty)) throw new KeyError('key_type_mismatch', 'kty')
  const entries = publicMembers[source.kty].map((name) => [name, readMember(source, name)])
  return JSON.stringify(Object.fromEntries(entries))
}

function isKeyType(kty: unknown): kty is keyof typeof publicMembers {
  return typeof kty === 'string' && Object.hasOwn(publicMembers, kty)
}

function readMember(jwk: Jwk, name: string): string {
  const value = jwk[name]
  if (value === undefined) throw new KeyError('key_member_missing', name)
  // No name of a type, curve or algorithm needs escaping in JSON, and neither does base64url.
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) {
    throw new KeyError('key_member_invalid', name)
  }
  return value
}

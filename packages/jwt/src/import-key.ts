import { factsOf, type Algorithm } from './algorithms.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { KeyError } from './errors.ts'
import {
  checkJwk,
  checkKid,
  publicMembers,
  type CheckedJwk,
  type Jwk,
  type KeyKind,
} from './jwk.ts'
import { Key, requireAlgorithm } from './key.ts'
import * as platform from '#platform'

/** Where a key comes from: its algorithm, and exactly one of four sources. */
export interface KeySource {
  /** The algorithm the key is for. Required: it is never guessed from the key or from a token. */
  readonly alg: Algorithm
  /** The key's name; it must be the same as the JWK's own `kid` where that has one. */
  readonly kid?: string | undefined
  /** Refuse the key unless it is of this kind. */
  readonly kind?: KeyKind | undefined
  /** A JSON Web Key. */
  readonly jwk?: Jwk | undefined
  /** One PEM block: `PUBLIC KEY` (SPKI) or `PRIVATE KEY` (PKCS #8). */
  readonly pem?: string | undefined
  /** The bytes of an HMAC secret; text stands for its UTF-8 bytes. */
  readonly secret?: Uint8Array | string | undefined
  /** A `KeyObject` of node:crypto, or an extractable `CryptoKey` in a WebCrypto runtime. */
  readonly keyObject?: platform.NativeKey | undefined
}

/**
 * Import a key, or refuse it.
 *
 * Spec: RFC 7517, RFC 7518 §3 and §6, RFC 8037 §2, RFC 9964 §3, RFC 8725 §3.
 * `importKey.async` does the same in runtimes that have WebCrypto only.
 * Errors: {@link KeyError}, its code naming the reason; `sync_unavailable` ({@link OptionError}).
 */
export const importKey = /* @__PURE__ */ Object.assign(
  (source: KeySource): Key => {
    const alg = requireAlgorithm(source?.alg)
    const [name, value] = onlySource(source)
    if (name === 'pem')
      return finish(source, alg, platform.readPem(alg, pemLabel(value), value as string))
    if (name === 'keyObject') return finish(source, alg, platform.readNative(value))
    return finish(source, alg, name === 'jwk' ? (value as Jwk) : secretToJwk(value))
  },
  {
    async: async (source: KeySource): Promise<Key> => {
      const alg = requireAlgorithm(source?.alg)
      const [name, value] = onlySource(source)
      if (name === 'pem') {
        return finishAsync(
          source,
          alg,
          await platform.readPemAsync(alg, pemLabel(value), value as string),
        )
      }
      if (name === 'keyObject')
        return finishAsync(source, alg, await platform.readNativeAsync(value))
      return finishAsync(source, alg, name === 'jwk' ? (value as Jwk) : secretToJwk(value))
    },
  },
)

/** The public half of a private key (a public key is returned as it is; a secret has none). */
export function publicKeyOf(key: Key): Key {
  if (key.kind === 'public') return key
  if (key.kind === 'secret') throw new KeyError('key_kind_mismatch')
  const all = Key.membersOf(key)
  const members = { kty: all.kty } as Record<string, string> & { kty: string }
  for (const name of publicMembers[factsOf(key.alg).kty]) members[name] = all[name]!
  return new Key(
    key.alg,
    { kind: 'public', kid: key.kid, members },
    platform.publicMaterial(Key.materialOf(key)),
  )
}

function finish(source: KeySource, alg: Algorithm, jwk: Jwk): Key {
  const checked = check(source, alg, jwk)
  return new Key(alg, checked, platform.makeMaterial(alg, checked.kind, checked.members))
}

async function finishAsync(source: KeySource, alg: Algorithm, jwk: Jwk): Promise<Key> {
  const checked = check(source, alg, jwk)
  return new Key(alg, checked, await platform.makeMaterialAsync(alg, checked.kind, checked.members))
}

const sourceNames = ['jwk', 'pem', 'secret', 'keyObject'] as const

function onlySource(source: KeySource): [(typeof sourceNames)[number], unknown] {
  const given = sourceNames.filter((name) => source[name] !== undefined)
  if (given.length !== 1) throw new KeyError('key_source_invalid')
  return [given[0]!, source[given[0]!]]
}

function check(source: KeySource, alg: Algorithm, jwk: Jwk): CheckedJwk {
  const checked = checkJwk(alg, jwk)
  if (source.kid !== undefined) {
    checkKid(source.kid)
    if (checked.kid !== undefined && checked.kid !== source.kid)
      throw new KeyError('key_kid_invalid', 'kid')
  }
  if (source.kind !== undefined && source.kind !== checked.kind) {
    throw new KeyError(
      source.kind === 'public' && checked.kind === 'private'
        ? 'key_private_refused'
        : 'key_kind_mismatch',
    )
  }
  if (checked.kind === 'secret') checkSecret(alg, decodeBase64url(checked.members['k']!)!)
  return { ...checked, kid: checked.kid ?? source.kid }
}

function secretToJwk(secret: unknown): Jwk {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (!(bytes instanceof Uint8Array)) throw new KeyError('key_source_invalid', 'secret')
  return { kty: 'oct', k: encodeBase64url(bytes) }
}

/** RFC 7518 §3.2 asks for the hash's length; text or DER of a public key is the classic confusion. */
function checkSecret(alg: Algorithm, bytes: Uint8Array): void {
  if (bytes.length * 8 < factsOf(alg).hashBits) throw new KeyError('key_secret_too_short')
  const text = new TextDecoder('latin1').decode(bytes)
  const isText = text.includes('-----BEGIN ') || /^\s*(ssh-|ecdsa-sha2-)/.test(text)
  const isJwk = /^\s*\{/.test(text) && /"(kty|keys)"/.test(text)
  // An RSA or elliptic SubjectPublicKeyInfo: SEQUENCE { SEQUENCE { OBJECT IDENTIFIER …
  const isDer = /^0(?:[\x00-\x7f]|\x81.|\x82..)0[\x00-\x7f]\x06/s.test(text)
  if (isText || isJwk || isDer) throw new KeyError('key_secret_is_key')
}

function pemLabel(pem: unknown): 'PUBLIC KEY' | 'PRIVATE KEY' {
  const match =
    typeof pem === 'string'
      ? /^\s*-----BEGIN (PUBLIC KEY|PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----\s*$/.exec(
          pem,
        )
      : null
  if (match === null) throw new KeyError('key_pem_unsupported')
  return match[1] as 'PUBLIC KEY' | 'PRIVATE KEY'
}

import { factsOf, type Algorithm } from './algorithms.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { KeyError, OptionError } from './errors.ts'
import { agreeOnKid, publicMembers, type CheckedJwk, type Jwk, type KeyKind } from './jwk.ts'
import { Key, requireAlgorithm } from './key.ts'
import { checkJwk } from './private-jwk.ts'
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
  readonly keyObject?: object | undefined
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
    const { alg, name, value } = openSource(source)
    if (!platform.hasSync) throw new OptionError('sync_unavailable', 'importKey')
    const checked = check(source, alg, readers[name](alg, value))
    return new Key(alg, checked, platform.makeMaterial(alg, checked.kind, checked.members))
  },
  {
    async: async (source: KeySource): Promise<Key> => {
      const { alg, name, value } = openSource(source)
      const checked = check(source, alg, await readersAsync[name](alg, value))
      const { kind, members } = checked
      return new Key(alg, checked, await platform.makeMaterialAsync(alg, kind, members))
    },
  },
)

type Reader<Output> = (alg: Algorithm, value: unknown) => Output

const readers: Record<SourceName, Reader<Jwk>> = {
  jwk: (_alg, value) => value as Jwk,
  secret: (_alg, value) => secretToJwk(value),
  pem: (alg, value) => platform.readPem(alg, pemLabel(value), value as string),
  keyObject: (_alg, value) => platform.readNative(value),
}

const readersAsync: Record<SourceName, Reader<Jwk | Promise<Jwk>>> = {
  jwk: readers.jwk,
  secret: readers.secret,
  pem: (alg, value) => platform.readPemAsync(alg, pemLabel(value), value as string),
  keyObject: (_alg, value) => platform.readNativeAsync(value),
}

/**
 * The public half of a private key; a public key is returned as it is.
 *
 * Spec: RFC 7517 §9.2. Errors ({@link KeyError}): `key_kind_mismatch` for a secret, which has none.
 */
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

type SourceName = 'jwk' | 'pem' | 'secret' | 'keyObject'
const sourceNames: readonly SourceName[] = ['jwk', 'pem', 'secret', 'keyObject']

function openSource(source: KeySource): { alg: Algorithm; name: SourceName; value: unknown } {
  const alg = requireAlgorithm(source?.alg)
  const [name, second] = sourceNames.filter((candidate) => source[candidate] !== undefined)
  if (name === undefined || second !== undefined) throw new KeyError('key_source_invalid')
  return { alg, name, value: source[name] }
}

function check(source: KeySource, alg: Algorithm, jwk: Jwk): CheckedJwk {
  const checked = checkJwk(alg, jwk)
  if (source.kind !== undefined && source.kind !== checked.kind) {
    const isTooMuch = source.kind === 'public' && checked.kind === 'private'
    throw new KeyError(isTooMuch ? 'key_private_refused' : 'key_kind_mismatch')
  }
  if (checked.kind === 'secret') checkSecret(alg, decodeBase64url(checked.members['k']!)!)
  return { ...checked, kid: agreeOnKid(checked.kid, source.kid) }
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
  if (isText || isJwk || isSubjectPublicKeyInfo(bytes)) throw new KeyError('key_secret_is_key')
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

/** The DER of a public key starts SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, and fills all the bytes. */
function isSubjectPublicKeyInfo(bytes: Uint8Array): boolean {
  const lengthBytes = bytes[1]! < 0x80 ? 0 : bytes[1]! & 0x7f
  const inner = 2 + lengthBytes
  let length = lengthBytes === 0 ? bytes[1]! : 0
  for (let index = 0; index < lengthBytes; index++) length = length * 256 + bytes[2 + index]!
  const fills = inner + length === bytes.length
  return fills && bytes[0] === 0x30 && bytes[inner] === 0x30 && bytes[inner + 2] === 0x06
}

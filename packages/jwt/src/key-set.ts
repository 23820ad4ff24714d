import type { Algorithm } from './algorithms.ts'
import { KeyError, OptionError, TokenError } from './errors.ts'
import { Key } from './key.ts'

/** What a verifier needs of its keys. `refresh` is there when the keys come from elsewhere. */
export interface KeyProvider {
  /** Changes whenever the keys do. */
  readonly epoch: number
  /** The one key for a header, or a {@link TokenError}. */
  find(alg: Algorithm, kid: string | undefined): Key
  /** Ask the source again where that may help, for keys that are stale or a name that is unknown. */
  refresh?(kid?: string): Promise<void> | undefined
}

/** Keys that can be replaced while verifiers use them. */
export interface KeySet extends KeyProvider {
  readonly keys: readonly Key[]
  /** Put other keys in place of these, all at once. Errors: {@link KeyError}; the old keys stay then. */
  replace(keys: readonly Key[]): void
}

/**
 * Make a set of verification keys, empty or not.
 *
 * Spec: RFC 7517 §4.5 (key names), RFC 8725 §3.1 (each key for one algorithm).
 * Errors ({@link KeyError}): `key_duplicate` for two keys with one `kid` and `alg`,
 * `key_private_refused` for a private key: a verifier has no use for one.
 */
export function createKeySet(keys: readonly Key[]): KeySet {
  let current = checkKeys(keys)
  let epoch = 1
  return Object.freeze({
    get keys() {
      return current
    },
    get epoch() {
      return epoch
    },
    find: (alg: Algorithm, kid: string | undefined) => findKey(current, alg, kid),
    replace(next: readonly Key[]) {
      current = checkKeys(next)
      epoch++
    },
  })
}

function checkKeys(keys: readonly Key[]): readonly Key[] {
  if (!isArray<Key>(keys)) throw new OptionError('option_invalid', 'keys')
  const seen = new Set<string>()
  for (const key of keys) {
    if (!Key.is(key)) throw new OptionError('option_invalid', 'keys')
    if (key.kind === 'private') throw new KeyError('key_private_refused')
    const name = JSON.stringify([key.alg, key.kid])
    if (seen.has(name)) throw new KeyError('key_duplicate', 'kid')
    seen.add(name)
  }
  return Object.freeze([...keys])
}

/**
 * A header that names a key gets the key of that name, or the only unnamed key of its algorithm.
 * A header that names none gets a key only if no other of its algorithm could be meant.
 */
function findKey(keys: readonly Key[], alg: Algorithm, kid: string | undefined): Key {
  const fitting = keys.filter((key) => key.alg === alg)
  if (kid === undefined) {
    if (fitting.length > 1) throw new TokenError('key_ambiguous')
    if (fitting[0] !== undefined) return fitting[0]
    throw new TokenError(keys.length === 0 ? 'key_unknown' : 'alg_mismatch')
  }
  const named =
    fitting.find((key) => key.kid === kid) ?? fitting.find((key) => key.kid === undefined)
  if (named !== undefined) return named
  const elsewhere =
    keys.some((key) => key.kid === kid) || keys.every((key) => key.kid === undefined)
  throw new TokenError(keys.length > 0 && elsewhere ? 'alg_mismatch' : 'key_unknown')
}

/** @internal */
export function toKeyProvider(keys: Key | readonly Key[] | KeyProvider | undefined): KeyProvider {
  if (keys === undefined || keys === null) throw new OptionError('option_required', 'keys')
  if (Key.is(keys)) return createKeySet([keys])
  if (isArray<Key>(keys)) {
    if (keys.length === 0) throw new OptionError('option_required', 'keys')
    return createKeySet(keys)
  }
  if (typeof keys.find !== 'function') throw new OptionError('option_invalid', 'keys')
  return keys
}

/** Array.isArray forgets the element type of a readonly array. */
function isArray<Element>(value: unknown): value is readonly Element[] {
  return Array.isArray(value)
}

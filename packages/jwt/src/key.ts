import { isAlgorithm, type Algorithm } from './algorithms.ts'
import { KeyError } from './errors.ts'
import type { CheckedJwk, KeyKind, KeyMembers } from './jwk.ts'
import type { Material } from '#platform'

/**
 * A key that knows its algorithm. Made by `importKey`, `generateKey` and `publicKeyOf` only; what
 * is secret in it is private to it and does not show when it is printed.
 */
export class Key {
  /** The only algorithm this key is ever used with. */
  readonly alg: Algorithm
  /** Its name in headers and key sets. */
  readonly kid: string | undefined
  readonly kind: KeyKind
  readonly #members: KeyMembers
  readonly #material: Material

  /** @internal */
  constructor(alg: Algorithm, checked: CheckedJwk, material: Material) {
    this.alg = alg
    this.kid = checked.kid
    this.kind = checked.kind
    this.#members = checked.members
    this.#material = material
    Object.freeze(this)
  }

  /** @internal */
  static materialOf(key: Key): Material {
    return key.#material
  }

  /** @internal */
  static membersOf(key: Key): KeyMembers {
    return key.#members
  }

  /** @internal */
  static is(value: unknown): value is Key {
    return typeof value === 'object' && value !== null && #material in value
  }
}

/** @internal */
export function requireAlgorithm(alg: unknown): Algorithm {
  if (!isAlgorithm(alg)) throw new KeyError('key_alg_unsupported', 'alg')
  return alg
}

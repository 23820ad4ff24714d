import type { Algorithm } from './algorithms.ts'
import { KeyError, OptionError } from './errors.ts'
import { agreeOnKid, checkPublicJwk, type CheckedJwk, type Jwk } from './jwk.ts'
import { Key, requireAlgorithm } from './key.ts'
import { hasSync, makePublicMaterial, makePublicMaterialAsync } from '#platform'

/** A public JWK and the algorithm it is for. */
export interface PublicJwkSource {
  readonly alg: Algorithm
  readonly kid?: string | undefined
  readonly jwk: Jwk
}

/**
 * Import a public JWK, which is all that most verifiers need: the smallest way in.
 * What is private in it is refused and not just left out.
 *
 * Spec: RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 9964 §3.
 * `importPublicJwk.async` does the same in runtimes that have WebCrypto only.
 * Errors: {@link KeyError}, as from `importKey`; `sync_unavailable` ({@link OptionError}).
 */
export const importPublicJwk = /* @__PURE__ */ Object.assign(
  (source: PublicJwkSource): Key => {
    const [alg, checked] = check(source)
    if (!hasSync) throw new OptionError('sync_unavailable', 'importPublicJwk')
    return new Key(alg, checked, makePublicMaterial(alg, checked.members))
  },
  {
    async: async (source: PublicJwkSource): Promise<Key> => {
      const [alg, checked] = check(source)
      return new Key(alg, checked, await makePublicMaterialAsync(alg, checked.members))
    },
  },
)

function check(source: PublicJwkSource): [Algorithm, CheckedJwk] {
  const alg = requireAlgorithm(source?.alg)
  const { jwk, kid } = source
  if (jwk?.['d'] !== undefined || jwk?.['priv'] !== undefined || jwk?.['k'] !== undefined) {
    throw new KeyError('key_private_refused')
  }
  const checked = checkPublicJwk(alg, jwk)
  return [alg, { ...checked, kid: agreeOnKid(checked.kid, kid) }]
}

import { createSigner, type ClaimsToSign } from '@mapae/jwt'

import type { PurposeKeys } from './signing-keys.ts'

/** Signs with the key that signs now; costs one comparison while that is the same. */
export function createRotatingSigner(
  keys: PurposeKeys,
  typ: string,
): (claims: ClaimsToSign) => string {
  let key = keys.signing
  let sign = createSigner({ key, typ })
  return (claims) => {
    if (keys.signing !== key) {
      key = keys.signing
      sign = createSigner({ key, typ })
    }
    return sign(claims)
  }
}

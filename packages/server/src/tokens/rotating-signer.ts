import { createSigner, type ClaimsToSign, type SignerOptions } from '@mapae/jwt'

import type { PurposeKeys } from './signing-keys.ts'

/** Signs with the key that signs now; costs one comparison while that is the same. */
export function createRotatingSigner(
  keys: PurposeKeys,
  typ: string,
  options: Omit<SignerOptions, 'key' | 'typ'> = {},
): (claims: ClaimsToSign) => string {
  let key = keys.signing
  let sign = createSigner({ ...options, key, typ })
  return (claims) => {
    if (keys.signing !== key) {
      key = keys.signing
      sign = createSigner({ ...options, key, typ })
    }
    return sign(claims)
  }
}

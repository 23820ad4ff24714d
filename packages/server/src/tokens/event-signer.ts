import type { ClaimsToSign } from '@mapae/jwt'

import { createRotatingSigner } from './rotating-signer.ts'
import type { PurposeKeys } from './signing-keys.ts'

/**
 * Signs security event tokens: they have no `exp`, so that nothing takes one for a token that opens
 * something. Spec: RFC 8417 sections 2.2 and 4.5.
 */
export function createEventSigner(
  keys: PurposeKeys,
): (claims: Readonly<Record<string, unknown>>) => string {
  const sign = createRotatingSigner(keys, 'secevent+jwt', { expiry: 'omitted' })
  return (claims) => sign(claims as ClaimsToSign)
}

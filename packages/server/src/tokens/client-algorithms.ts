import type { Algorithm } from '@mapae/jwt'

/**
 * With what clients may sign, be it assertions, request objects or proofs: nothing that the server
 * could sign as well. Spec: RFC 8725 section 3.1, RFC 9449 section 4.2.
 */
export const clientSignatureAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'RS256',
] as const satisfies readonly Algorithm[]

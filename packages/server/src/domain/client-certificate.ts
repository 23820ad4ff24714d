/** The certificate that a client showed to the proxy which ended its TLS connection. */
export interface ClientCertificate {
  /** SHA-256 of it, base64url: `x5t#S256`. Spec: RFC 8705 section 3.1. */
  readonly thumbprint: string
  /**
   * Whether the proxy says that it verified the certificate: an authority of the operator made it.
   * Anybody can make another one with the same names.
   */
  readonly isVerified: boolean
  /** The subject's name, most specific part first. Spec: RFC 4514. */
  readonly subject: string
  /** RFC 7638 thumbprint of its public key; null for a key that no JWK can be. */
  readonly keyThumbprint: string | null
}

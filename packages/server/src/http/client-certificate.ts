import { hash, X509Certificate } from 'node:crypto'

import type { ClientCertificate } from '../domain/client-certificate.ts'
import { ConfigurationError, MapaeError } from '../domain/errors.ts'
import { createIsTrustedProxy } from './client-address.ts'

export interface ReadClientCertificate {
  /**
   * The client's certificate as the proxy passes it on; null when there is none, or the connection
   * is not one of a trusted proxy. Errors: `invalid_request` when the proxy passes on something else.
   */
  (connection: string | undefined, headers: Headers): ClientCertificate | null
}

export interface ClientCertificateSettings {
  /** Null: proxies pass on no certificates. */
  readonly clientCertificateHeader: string | null
  /** Null: proxies do not say which they verified. */
  readonly clientCertificateVerifyHeader: string | null
  readonly trustedProxies: readonly string[]
}

/** As nginx writes it (`$ssl_client_verify`); "FAILED:reason" and "NONE" are its other values. */
const VERIFIED = 'SUCCESS'

/**
 * For proxies that end mutual TLS. Who may set the headers is the operator's to say, twice: by the
 * names of the headers and by the proxies that are trusted. Such a proxy must set them on every
 * request, so that what a client sends under those names never arrives. Throws `ConfigurationError`
 * when the names contradict each other. Spec: RFC 8705 section 6.3, RFC 9440.
 */
export function createReadClientCertificate({
  clientCertificateHeader: header,
  clientCertificateVerifyHeader: verifyHeader,
  trustedProxies,
}: ClientCertificateSettings): ReadClientCertificate {
  if (verifyHeader !== null && (header === null || header === verifyHeader)) {
    throw new ConfigurationError(
      'MAPAE_CLIENT_CERTIFICATE_VERIFY_HEADER goes with MAPAE_CLIENT_CERTIFICATE_HEADER, and is another header.',
    )
  }
  const isTrustedProxy = createIsTrustedProxy(trustedProxies)
  return (connection, headers) => {
    if (header === null || !isTrustedProxy(connection)) return null
    const value = headers.get(header) ?? ''
    if (value === '') return null
    return certificateOf(value, verifyHeader !== null && headers.get(verifyHeader) === VERIFIED)
  }
}

function certificateOf(value: string, isVerified: boolean): ClientCertificate {
  try {
    const certificate = new X509Certificate(encodedCertificate(value))
    return {
      isVerified,
      thumbprint: hash('sha256', certificate.raw, 'base64url'),
      subject: distinguishedName(certificate.subject),
      keyThumbprint: keyThumbprint(certificate),
    }
  } catch (cause) {
    throw new MapaeError('invalid_request', { detail: 'The client certificate is none.', cause })
  }
}

/** As RFC 9440 has it, `:base64 of DER:`; or as PEM, which proxies percent-encode. */
function encodedCertificate(value: string): Buffer | string {
  const der = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1]
  return der === undefined ? decodeURIComponent(value) : Buffer.from(der, 'base64')
}

/** Node writes a line for each part, the most general one first. */
function distinguishedName(lines: string): string {
  return lines.split('\n').toReversed().join(',')
}

/** Spec: RFC 7638 section 3.2. */
function keyThumbprint({ publicKey }: X509Certificate): string | null {
  const { kty, crv, x, y, e, n } = publicKey.export({ format: 'jwk' })
  const members = { RSA: { e, kty, n }, EC: { crv, kty, x, y }, OKP: { crv, kty, x } }
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return null
  return hash('sha256', JSON.stringify(members[kty]), 'base64url')
}

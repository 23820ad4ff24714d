import { hash, X509Certificate } from 'node:crypto'

import type { ClientCertificate } from '../domain/client-certificate.ts'
import { MapaeError } from '../domain/errors.ts'
import { createIsTrustedProxy } from './client-address.ts'

export interface ReadClientCertificate {
  /**
   * The client's certificate as the proxy passes it on; null when there is none, or the connection
   * is not one of a trusted proxy. Errors: `invalid_request` when the proxy passes on something else.
   */
  (connection: string | undefined, headers: Headers): ClientCertificate | null
}

/**
 * For proxies that end mutual TLS. Who may set the header is the operator's to say, twice: by the
 * header's name and by the proxies that are trusted. Such a proxy must set it on every request, so
 * that what a client sends under that name never arrives.
 * Spec: RFC 8705 section 6.3, RFC 9440.
 */
export function createReadClientCertificate(
  header: string | null,
  trustedProxies: readonly string[],
): ReadClientCertificate {
  const isTrustedProxy = createIsTrustedProxy(trustedProxies)
  return (connection, headers) => {
    if (header === null || !isTrustedProxy(connection)) return null
    const value = headers.get(header) ?? ''
    return value === '' ? null : certificateOf(value)
  }
}

function certificateOf(value: string): ClientCertificate {
  try {
    const certificate = new X509Certificate(encodedCertificate(value))
    return {
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

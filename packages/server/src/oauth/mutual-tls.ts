import type { Client } from '../domain/client.ts'
import type { ClientJwts } from '../tokens/client-jwt.ts'
import type { ClientAuthentication, ClientRequest } from './client-authentication.ts'

/**
 * Clients that show a certificate when they connect: one of an authority, by the name in it, or one
 * that they made themselves, by its key. Whether an authority counts is for the proxy to say.
 * Spec: RFC 8705 section 2.
 */
export function certificateAuthentications(
  clientJwts: ClientJwts,
): readonly ClientAuthentication[] {
  const common = { needsNothingInTheRequest: true, claimedClientId: () => null } as const
  return [
    {
      ...common,
      methods: ['tls_client_auth'],
      isProven: ({ certificate = null }, { tlsSubject }) =>
        certificate !== null && tlsSubject !== null && isSameName(certificate.subject, tlsSubject),
    },
    {
      ...common,
      methods: ['self_signed_tls_client_auth'],
      isProven: async ({ certificate = null }, client) =>
        certificate !== null &&
        certificate.keyThumbprint !== null &&
        clientJwts.hasKey(client, certificate.keyThumbprint),
    },
  ]
}

/** The tokens of a client that shows a certificate are bound to it. Spec: RFC 8705 section 3. */
export function boundCertificate(client: Client, { certificate }: ClientRequest): string | null {
  const isMutual = /^(?:self_signed_)?tls_client_auth$/.test(client.authenticationMethod)
  return isMutual ? (certificate?.thumbprint ?? null) : null
}

/** Blanks after a comma that separates two parts are how people write names. */
function isSameName(subject: string, registered: string): boolean {
  return subject === registered.replaceAll(/(?<!\\),\s+/g, ',')
}

import type { Client } from '../domain/client.ts'
import type { ClientJwts } from '../tokens/client-jwt.ts'
import type { ClientAuthentication, ClientRequest } from './client-authentication.ts'

const common = { needsNothingInTheRequest: true, claimedClientId: () => null } as const

/**
 * Clients that show a certificate when they connect. Showing it proves the key in it, so that a
 * client that made its own is known by that. A name in it proves nothing by itself: it counts only
 * where the proxy says which certificates it verified. Spec: RFC 8705 section 2.
 */
export function certificateAuthentications(
  clientJwts: ClientJwts,
  certificates: 'none' | 'unverified' | 'verified',
): readonly ClientAuthentication[] {
  if (certificates === 'none') return []
  const byKey = knownByKey(clientJwts)
  return certificates === 'verified' ? [knownByName, byKey] : [byKey]
}

const knownByName: ClientAuthentication = {
  ...common,
  methods: ['tls_client_auth'],
  isProven: ({ certificate = null }, { tlsSubject }) =>
    certificate !== null &&
    certificate.isVerified &&
    tlsSubject !== null &&
    isSameName(certificate.subject, tlsSubject),
}

function knownByKey(clientJwts: ClientJwts): ClientAuthentication {
  return {
    ...common,
    methods: ['self_signed_tls_client_auth'],
    isProven: async ({ certificate = null }, client) =>
      certificate !== null &&
      certificate.keyThumbprint !== null &&
      clientJwts.hasKey(client, certificate.keyThumbprint),
  }
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

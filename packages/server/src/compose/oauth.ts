import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock, Seconds } from '../domain/time.ts'
import type { RevocationLog } from '../events/revocation-log.ts'
import { createReadClientDocument } from '../http/client-document.ts'
import { createReadSector } from '../http/sector-document.ts'
import { createOutgoingFetch, type OutgoingFetch } from '../http/outgoing-fetch.ts'
import { createOutgoingLimit } from '../http/outgoing-limit.ts'
import { createRegistrationTokens } from '../oauth/registration/registration-tokens.ts'
import { createOAuth, type OAuth, type OAuthParts } from '../oauth/oauth.ts'
import { isOperatorsClient } from '../oauth/registration/who-registered.ts'
import { createClientJwts, type FetchKeys } from '../tokens/client-jwt.ts'

export interface OAuthConfig {
  readonly issuer: string
  readonly audience: string
  readonly accessTokenSeconds: number
  readonly refreshIdleSeconds: number
  readonly refreshAbsoluteSeconds: number
  readonly clientCertificateHeader: string | null
  readonly clientCertificateVerifyHeader: string | null
  readonly clientRegistration: 'open' | 'closed'
  readonly clientMetadataDocuments: 'on' | 'off'
  readonly masterKey: Uint8Array
  readonly previousMasterKey: Uint8Array | null
}

interface OAuthSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly outgoingFetch?: OutgoingFetch
}

/** The authorization server for applications. */
export function composeOAuth(
  config: OAuthConfig,
  { clock, random, outgoingFetch }: OAuthSurroundings,
  stores: Stores,
  tokens: Pick<
    OAuthParts,
    'clientAccessTokens' | 'refreshTokens' | 'idTokens' | 'readIdTokenHint' | 'logoutTokens'
  >,
  sessions: Pick<OAuthParts, 'refreshSession' | 'endSession'>,
  login: Pick<OAuthParts, 'browserSessions'>,
  { revocations }: { readonly revocations: RevocationLog },
): Promise<OAuth> {
  const fetch =
    outgoingFetch ?? createOutgoingFetch({ allowsLoopback: config.issuer.startsWith('http:') })
  const fetchForStrangers = createOutgoingLimit(fetch)
  const fetchKeys = fetchKeysBy(fetch)
  const fetchKeysForStrangers = fetchKeysBy(fetchForStrangers)
  return createOAuth({
    ...tokens,
    ...sessions,
    browserSessions: login.browserSessions,
    issuer: config.issuer,
    defaultAudience: config.audience,
    lifetimes: {
      accessTokenSeconds: config.accessTokenSeconds as Seconds,
      refreshIdleSeconds: config.refreshIdleSeconds as Seconds,
      refreshAbsoluteSeconds: config.refreshAbsoluteSeconds as Seconds,
    },
    stores,
    fetch,
    clientJwts: createClientJwts(
      (clientId) => (isOperatorsClient(clientId) ? fetchKeys : fetchKeysForStrangers),
      clock,
    ),
    certificates: certificatesOf(config),
    registrationTokens:
      config.clientRegistration === 'open'
        ? createRegistrationTokens(config.masterKey, config.previousMasterKey)
        : null,
    readSector: createReadSector(fetchForStrangers),
    readClientDocument:
      config.clientMetadataDocuments === 'on' ? createReadClientDocument(fetchForStrangers) : null,
    tellRevoked: (revoked) => revocations.add(revoked),
    clock,
    random,
  })
}

function fetchKeysBy(fetch: OutgoingFetch): FetchKeys {
  return (url, { headers, signal }) => fetch(url, { headers, signal })
}

function certificatesOf(config: OAuthConfig): OAuthParts['certificates'] {
  if (config.clientCertificateHeader === null) return 'none'
  return config.clientCertificateVerifyHeader === null ? 'unverified' : 'verified'
}

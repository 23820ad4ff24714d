import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Revocation } from '../domain/revocation.ts'
import type { Clock } from '../domain/time.ts'
import type { EndSession } from '../sessions/end.ts'
import type { RefreshSession } from '../sessions/refresh.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { ClientJwts } from '../tokens/client-jwt.ts'
import type { IdTokenHint } from '../tokens/id-token-hint.ts'
import type { IdTokens } from '../tokens/id-token.ts'
import type { LogoutTokens } from '../tokens/logout-token.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import { createIsAgreedAddress } from './agreed-address.ts'
import { createAuthorize } from './authorize/authorize.ts'
import { createGrantConsent, createWithdrawConsent } from './authorize/consents.ts'
import { createWaitingRequests } from './authorize/waiting-requests.ts'
import { createPushRequest } from './authorize/push-request.ts'
import { createReadRequestObject } from './authorize/request-object.ts'
import { createBeginDevice } from './begin-device.ts'
import { assertionAuthentication, createUseAssertion } from './client-assertion.ts'
import { createAuthenticateClient, secretAuthentications } from './client-authentication.ts'
import type { Lifetimes } from './client-lifetimes.ts'
import { createClientAdministration, type ClientAdministration } from './client-administration.ts'
import { loadClients, type ClientRegistry } from './client-registry.ts'
import { createDeviceFlow } from './device-flow.ts'
import { createFailureThrottle, type FailureThrottle } from './failure-throttle.ts'
import { authorizationCodeGrant } from './grants/authorization-code.ts'
import { clientCredentialsGrant } from './grants/client-credentials.ts'
import { deviceCodeGrant } from './grants/device-code.ts'
import { jwtBearerGrant } from './grants/jwt-bearer.ts'
import { refreshTokenGrant } from './grants/refresh-token.ts'
import { tokenExchangeGrant } from './grants/token-exchange.ts'
import { createIntrospect } from './introspect.ts'
import { createRevokeToken } from './revoke.ts'
import { certificateAuthentications } from './mutual-tls.ts'
import {
  createBackchannelLogout,
  type BackchannelLogoutServices,
} from './logout/backchannel-logout.ts'
import { createReadLogoutRequest } from './logout/logout-request.ts'
import { createSignOut, type SignOutServices } from './logout/sign-out.ts'
import {
  createClientDocuments,
  type ClientDocuments,
  type ReadClientDocument,
} from './registration/client-documents.ts'
import { createRegistration, type Registration } from './registration/registration.ts'
import type { RegistrationTokens } from './registration/registration-tokens.ts'
import type { ReadSector } from './registration/sector.ts'
import { createReach } from './reach.ts'
import { createSubjects } from './subjects.ts'
import { createTokenEndpoint } from './token-endpoint.ts'
import type { Grant } from './token-grant.ts'
import { createHasStanding } from './token-standing.ts'
import { createTokenMint } from './token-mint.ts'
import { createUnansweredLimit } from './unanswered-limit.ts'

export interface OAuthParts {
  readonly issuer: string
  /** The resource server that tokens are for when nobody says another. */
  readonly defaultAudience: string
  readonly lifetimes: Lifetimes
  readonly stores: Stores
  readonly clientAccessTokens: ClientAccessTokens
  readonly clientJwts: ClientJwts
  /** Whether a proxy passes on the certificates that clients show, and says which it verified. */
  readonly certificates: 'none' | 'unverified' | 'verified'
  readonly refreshTokens: RefreshTokens
  readonly idTokens: IdTokens
  readonly refreshSession: RefreshSession
  readonly endSession: EndSession
  readonly logoutTokens: LogoutTokens
  /** Null: clients do not register themselves. */
  readonly registrationTokens: RegistrationTokens | null
  /** Calls what clients that register name. */
  readonly readSector: ReadSector
  /** Null: the address of a document is no client. */
  readonly readClientDocument: ReadClientDocument | null
  readonly fetch: BackchannelLogoutServices['fetch']
  readonly readIdTokenHint: (idToken: string) => IdTokenHint | null
  readonly browserSessions: SignOutServices['browserSessions']
  readonly tellRevoked: (revoked: readonly Revocation[]) => void
  readonly clock: Clock
  readonly random: Random
}

export type OAuth = Awaited<ReturnType<typeof createOAuth>>

/** Puts the authorization server together: its grants and ways to authenticate are lists. */
export async function createOAuth(parts: OAuthParts) {
  const { issuer, stores, lifetimes, defaultAudience, refreshSession, clock, random } = parts
  const { clientJwts } = parts
  const { clientAccessTokens, refreshTokens, endSession } = parts
  const subjects = await createSubjects(stores.issuerConstants, random)
  const throttle = createFailureThrottle(clock)
  const limit = createUnansweredLimit(clock)
  const documents = createDocuments(parts, throttle)
  const clients = await loadClients(stores.clients, clock, documents)
  const reach = createReach(issuer, defaultAudience, clients)
  const reading = { ...parts, reach }
  const isAgreedAddress = createIsAgreedAddress(stores.consents)
  const hasStanding = createHasStanding(clients, stores.users)
  const useAssertion = createUseAssertion({ ...parts, usedAssertions: stores.usedAssertions })
  const ways = [
    ...secretAuthentications(clock),
    assertionAuthentication(clientJwts, useAssertion),
    ...certificateAuthentications(clientJwts, parts.certificates),
  ]
  const grants: readonly Grant[] = [
    authorizationCodeGrant({ ...reading, subjects, throttle }),
    refreshTokenGrant(refreshSession, subjects, lifetimes, reach),
    clientCredentialsGrant(defaultAudience),
    deviceCodeGrant({ ...reading, subjects }),
    tokenExchangeGrant({ ...parts, sessions: stores.sessions, subjects, hasStanding }),
    jwtBearerGrant(useAssertion, stores.users, defaultAudience),
  ]
  const authenticateClient = createAuthenticateClient(clients, ways, throttle)
  const waitingRequests = createWaitingRequests(stores.authorizationRequests, limit, clock, random)
  const readRequestObject = createReadRequestObject(issuer, clientJwts)
  const deviceFlow = createDeviceFlow(stores, limit, clock, random)
  const mint = createTokenMint({ ...parts, clients, users: stores.users })
  const clientAdministration = createClientAdministration(stores.clients, clients, clock, random)
  return {
    clients,
    subjects,
    clientAdministration,
    acceptsClientDocuments: documents !== null,
    grants,
    ways,
    authenticateClient,
    waitingRequests,
    deviceFlow,
    introspect: createIntrospect({ ...parts, hasStanding, sessions: stores.sessions }),
    revokeToken: createRevokeToken(clientAccessTokens, refreshTokens, stores.sessions, endSession),
    grantConsent: createGrantConsent(stores.consents, clock),
    withdrawConsent: createWithdrawConsent(stores.consents, parts.tellRevoked, clock),
    tokenEndpoint: createTokenEndpoint(authenticateClient, grants, mint),
    authorize: createAuthorize({
      ...reading,
      clients,
      waitingRequests,
      readRequestObject,
      subjects,
      isAgreedAddress,
    }),
    pushRequest: createPushRequest(authenticateClient, readRequestObject, waitingRequests, reading),
    beginDevice: createBeginDevice(authenticateClient, deviceFlow, reach),
    registration: createOpenRegistration(parts, clients, clientAdministration),
    readLogoutRequest: createReadLogoutRequest(clients, parts.readIdTokenHint, isAgreedAddress),
    /** One look for applications that are to be told of ended sessions. */
    tellOfEnds: createBackchannelLogout({
      ...parts,
      clients,
      subjects,
      notices: stores.logoutNotices,
    }),
    signOut: createSignOut({ ...parts, sessions: stores.sessions, clients, subjects }),
  }
}

function createDocuments(
  { readClientDocument, issuer, clock }: OAuthParts,
  throttle: FailureThrottle,
): ClientDocuments | null {
  if (readClientDocument === null) return null
  return createClientDocuments(readClientDocument, issuer.startsWith('http:'), throttle, clock)
}

function createOpenRegistration(
  { registrationTokens: tokens, readSector, stores, clock, random }: OAuthParts,
  clients: ClientRegistry,
  administration: ClientAdministration,
): Registration | null {
  if (tokens === null) return null
  const { attempts } = stores
  const services = { clients, administration, attempts, tokens, readSector, clock, random }
  return createRegistration(services)
}

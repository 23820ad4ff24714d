import type { NewSecurityEvent } from './event.ts'
import type { UnixSeconds } from './time.ts'

/** How a client proves who it is. Spec: OpenID Connect Core section 9, RFC 8705 section 2. */
export const clientAuthenticationMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

export type ClientAuthenticationMethod = (typeof clientAuthenticationMethods)[number]

/** Every grant that there is, by the name it has on the wire. */
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
] as const

export type GrantType = (typeof grantTypes)[number]

/** Algorithms of what clients and resource servers verify. */
export const clientAlgorithms = ['RS256', 'ES256', 'EdDSA'] as const

export type ClientAlgorithm = (typeof clientAlgorithms)[number]

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
] as const

export type ClientSignatureAlgorithm = (typeof clientSignatureAlgorithms)[number]

/** A public key as JSON. */
export type PublicJwk = Readonly<Record<string, unknown>>

/** What an operator, or the client itself by registration, says of a client. */
export interface ClientSettings {
  /** For people: the consent page shows it. */
  readonly name: string
  readonly authenticationMethod: ClientAuthenticationMethod
  readonly grants: readonly GrantType[]
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Origins of pages that may call with cookies. */
  readonly webOrigins: readonly string[]
  /** What it may ask for. */
  readonly scopes: readonly string[]
  /** Resource servers that its access tokens may be for; the first is meant when it names none. */
  readonly audiences: readonly string[]
  /** The operator's own: users are not asked whether it may, where only it can get the answer. */
  readonly isTrusted: boolean
  /** Where its refresh tokens travel. */
  readonly transport: 'body' | 'cookie'
  /** Null: as the server's settings say. */
  readonly accessTokenSeconds: number | null
  readonly refreshIdleSeconds: number | null
  readonly refreshAbsoluteSeconds: number | null
  readonly idTokenAlgorithm: ClientAlgorithm
  /** Null: user info is JSON that is not signed. */
  readonly userinfoAlgorithm: ClientAlgorithm | null
  /** Null: as the resource server asks, ES256 when it does not. */
  readonly accessTokenAlgorithm: ClientAlgorithm | null
  /** `pairwise`: it learns users under names that other clients do not know. */
  readonly subjectType: 'public' | 'pairwise'
  /** Clients of one sector share those names; null: the https host of the first redirect URI. */
  readonly sectorIdentifier: string | null
  /** It knows no PKCE: what ties its codes to one browser is the nonce, which it must send. */
  readonly mayOmitPkce: boolean
  /**
   * Nor does it send a nonce: whoever gets hold of a code of somebody else can have this client take
   * it for their own, and nothing here can tell.
   */
  readonly acceptsInjectableCodes: boolean
  readonly requiresDpop: boolean
  readonly requiresPushedRequests: boolean
  /** It signs its authorization requests, always. */
  readonly requiresSignedRequests: boolean
  /** Keys that it signs assertions and request objects with. */
  readonly jwks: { readonly keys: readonly PublicJwk[] } | null
  readonly jwksUri: string | null
  /** The only algorithm of its assertions; null: any that its keys are for. */
  readonly assertionAlgorithm: ClientSignatureAlgorithm | null
  /** Its assertions are for the issuer, by that name alone. Spec: FAPI 2.0 section 5.3.2.1. */
  readonly requiresIssuerAudience: boolean
  /** The only algorithm of its request objects; null: any that its keys are for. */
  readonly requestObjectAlgorithm: ClientSignatureAlgorithm | null
  /** Subject distinguished name of its certificate. Spec: RFC 8705 section 2.1. */
  readonly tlsSubject: string | null
  readonly backchannelLogoutUri: string | null
  readonly frontchannelLogoutUri: string | null
  readonly logoUri: string | null
  readonly homepageUri: string | null
  readonly policyUri: string | null
  readonly termsUri: string | null
  /** The audience that this client is, when it is a resource server. */
  readonly resource: ResourceServer | null
  /** Scopes of that resource server that clients may ask their users for whom no operator knows. */
  readonly openScopes: readonly OpenScope[]
}

export interface OpenScope {
  readonly scope: string
  /** What it lets a client do, for the consent page; null when nobody said. */
  readonly text: string | null
}

/** What a resource server wants of the access tokens that are for it. */
export interface ResourceServer {
  readonly audience: string
  readonly accessTokenAlgorithm: ClientAlgorithm | null
  /** When given, access tokens are encrypted to it. */
  readonly encryptionJwk: PublicJwk | null
}

/** What a client is when nothing else is said: public, and it may sign users in. */
export const defaultClientSettings: ClientSettings = {
  name: '',
  authenticationMethod: 'none',
  grants: ['authorization_code', 'refresh_token'],
  redirectUris: [],
  postLogoutRedirectUris: [],
  webOrigins: [],
  scopes: [],
  audiences: [],
  isTrusted: false,
  transport: 'body',
  accessTokenSeconds: null,
  refreshIdleSeconds: null,
  refreshAbsoluteSeconds: null,
  idTokenAlgorithm: 'RS256',
  userinfoAlgorithm: null,
  accessTokenAlgorithm: null,
  subjectType: 'public',
  sectorIdentifier: null,
  mayOmitPkce: false,
  acceptsInjectableCodes: false,
  requiresDpop: false,
  requiresPushedRequests: false,
  requiresSignedRequests: false,
  jwks: null,
  jwksUri: null,
  assertionAlgorithm: null,
  requiresIssuerAudience: false,
  requestObjectAlgorithm: null,
  tlsSubject: null,
  backchannelLogoutUri: null,
  frontchannelLogoutUri: null,
  logoUri: null,
  homepageUri: null,
  policyUri: null,
  termsUri: null,
  resource: null,
  openScopes: [],
}

/** One secret of a client; two are valid while the client moves from one to the next. */
export interface ClientSecret {
  /** SHA-256, base64url: secrets are made here and have 256 random bits. */
  readonly hash: string
  readonly createdAt: UnixSeconds
  /** Null: for as long as nobody replaces it. */
  readonly expiresAt: UnixSeconds | null
}

export interface Client extends ClientSettings {
  readonly id: string
  /** The newest first. */
  readonly secrets: readonly ClientSecret[]
  /** Grows with every change. */
  readonly version: number
  readonly createdAt: UnixSeconds
  readonly changedAt: UnixSeconds
  /** A deleted client stays for a while, so that all nodes notice. */
  readonly deletedAt: UnixSeconds | null
}

/** What the names of clients that register themselves begin with. */
export const REGISTERED_ID_PREFIX = 'dyn_'

export interface ClientStore {
  /** False when the identifier was used before. */
  insert(client: Client, event: NewSecurityEvent): Promise<boolean>
  /** Compare-and-set on `version`; false when it changed meanwhile or was deleted. */
  replace(from: Client, to: Client, event: NewSecurityEvent): Promise<boolean>
  /** Deleted ones too. In the order of identifiers, after that one. */
  list(after: string, limit: number): Promise<Client[]>
  /** Those changed or deleted at or after the instant. */
  changedSince(instant: UnixSeconds): Promise<Client[]>
  /** Null when there is none, or it was deleted. */
  find(id: string): Promise<Client | null>
  /**
   * Deletes up to `limit` that registered themselves, were not changed since the instant, and were
   * never allowed anything by anybody; returns how many. Each is told of.
   */
  deleteUnused(unchangedSince: UnixSeconds, at: UnixSeconds, limit: number): Promise<number>
  /** Forgets up to `limit` of those, and others that registered themselves, deleted before. */
  forget(deletedBefore: UnixSeconds, limit: number): Promise<number>
}

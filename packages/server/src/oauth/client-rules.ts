import type { ClientSettings, OpenScope, PublicJwk } from '../domain/client.ts'
import { FIRST_PARTY_CLIENT_ID } from '../domain/session.ts'
import { signInScopes } from './scopes.ts'
import { webHostOf } from './subjects.ts'

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
/** Spec: RFC 6749 section 3.3, `scope-token`. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/
/** Spec: RFC 8252 section 7.1: a private-use scheme is a domain name in reverse. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/
/** Nothing that two programs could read in two ways, and no pattern. Spec: RFC 3986 appendix A. */
const URI_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()+,;=%]+$/
/** The host of a web address, where every program looks for it. */
const WEB_HOST = /^https?:\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?]|$)/
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])
/** What a page does not show, or that turns around what stands beside it. */
const UNSHOWABLE = /[\p{Cc}\p{Bidi_Control}]/u
/** Spec: RFC 7518 section 6, RFC 8037 section 2. */
const KEY_TYPES: ReadonlySet<unknown> = new Set(['EC', 'RSA', 'OKP'])
/** Members of private and of symmetric keys. Spec: as above. */
const SECRET_KEY_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const MOST_NAME_CHARACTERS = 100
const MOST_URI_CHARACTERS = 2000
const MOST_VALUES = 100

/** Why settings of a client are refused: which of them, and what a sentence about it goes on with. */
export interface ClientFault {
  readonly setting: keyof ClientSettings | 'id'
  readonly problem: string
}

/** Whether a name may be that of a client made here; nobody may be taken for the server itself. */
export function checkClientId(id: string): ClientFault | null {
  if (CLIENT_ID.test(id) && id !== FIRST_PARTY_CLIENT_ID) return null
  const problem = `must be 1 to 64 letters, digits, dots, underscores and dashes, and not "${FIRST_PARTY_CLIENT_ID}"`
  return { setting: 'id', problem }
}

/** The first thing that is wrong with what is said of a client; null when nothing is. */
export function checkClientSettings(settings: ClientSettings): ClientFault | null {
  for (const [setting, check] of Object.entries(checks)) {
    const problem = check(settings)
    if (problem !== null) return { setting: setting as keyof ClientSettings, problem }
  }
  return null
}

const checks: Partial<Record<keyof ClientSettings, (settings: ClientSettings) => string | null>> = {
  name: ({ name }) =>
    name.length >= 1 && name.length <= MOST_NAME_CHARACTERS && !UNSHOWABLE.test(name)
      ? null
      : `must have 1 to ${MOST_NAME_CHARACTERS} characters, none of which controls others`,
  redirectUris: (settings) =>
    problemOfEach(settings.redirectUris, problemOfRedirectUri) ??
    (settings.grants.includes('authorization_code') && settings.redirectUris.length === 0
      ? 'are required for the grant authorization_code'
      : null),
  postLogoutRedirectUris: ({ postLogoutRedirectUris }) =>
    problemOfEach(postLogoutRedirectUris, problemOfRedirectUri),
  webOrigins: ({ webOrigins }) => problemOfEach(webOrigins, problemOfOrigin),
  scopes: ({ scopes }) =>
    problemOfEach(scopes, (scope) => (SCOPE.test(scope) ? null : 'is no scope')),
  audiences: ({ audiences }) => problemOfEach(audiences, problemOfResource),
  resource: ({ resource }) => {
    if (resource === null) return null
    const { audience, encryptionJwk } = resource
    const ofKey = encryptionJwk === null ? null : problemOfKeys([encryptionJwk])
    return problemOfResource(audience) ?? (ofKey && `has an encryption key that ${ofKey}`)
  },
  openScopes: ({ openScopes, resource }) =>
    openScopes.length > 0 && resource === null
      ? 'are those of a resource server, and need its resource'
      : problemOfEach(openScopes, problemOfOpenScope),
  grants: problemOfGrants,
  jwks: (settings) => {
    const { jwks, jwksUri } = settings
    if (jwks !== null) {
      return jwksUri === null
        ? problemOfKeys(jwks.keys)
        : 'is said beside an address of keys: say one'
    }
    const whatNeedsKeys = jwksUri === null ? whatNeedsKeysOf(settings) : null
    return whatNeedsKeys === null
      ? null
      : `is missing: ${whatNeedsKeys} needs the client's public keys, or their address`
  },
  mayOmitPkce: ({ mayOmitPkce, authenticationMethod }) =>
    mayOmitPkce && authenticationMethod === 'none'
      ? 'needs a client that can prove who it is'
      : null,
  acceptsInjectableCodes: ({ acceptsInjectableCodes, mayOmitPkce }) =>
    acceptsInjectableCodes && !mayOmitPkce ? 'needs a client that may omit PKCE' : null,
  jwksUri: ({ jwksUri }) => problemOfHttps(jwksUri),
  tlsSubject: ({ authenticationMethod, tlsSubject }) =>
    authenticationMethod === 'tls_client_auth' && tlsSubject === null
      ? 'is required for tls_client_auth'
      : null,
  backchannelLogoutUri: ({ backchannelLogoutUri }) => problemOfHttps(backchannelLogoutUri),
  frontchannelLogoutUri: ({ frontchannelLogoutUri: uri, redirectUris }) =>
    problemOfHttps(uri) ?? problemOfFrame(uri, redirectUris),
  logoUri: ({ logoUri }) => problemOfHttps(logoUri),
  homepageUri: ({ homepageUri }) => problemOfHttps(homepageUri),
  policyUri: ({ policyUri }) => problemOfHttps(policyUri),
  termsUri: ({ termsUri }) => problemOfHttps(termsUri),
  sectorIdentifier: ({ subjectType, sectorIdentifier, redirectUris }) => {
    if (subjectType === 'public' || sectorIdentifier !== null) return null
    return new Set(redirectUris.map(webHostOf)).size > 1
      ? 'needs a value when redirect URIs are of several hosts'
      : null
  },
}

/** For what a client signs, or shows a key of its own. */
function whatNeedsKeysOf(settings: ClientSettings): string | null {
  const { authenticationMethod, grants, requiresSignedRequests } = settings
  const isByKey = /^(private_key_jwt|self_signed_tls_client_auth)$/.test(authenticationMethod)
  if (isByKey) return authenticationMethod
  if (requiresSignedRequests) return 'a client that signs its requests'
  return grants.includes('urn:ietf:params:oauth:grant-type:jwt-bearer') ? 'jwt-bearer' : null
}

/** A private key must not be here: it would be stored as it is and shown to every operator. */
function problemOfKeys(given: unknown): string | null {
  const keys: readonly unknown[] = Array.isArray(given) ? given : []
  if (keys.length === 0 || !keys.every(isJwk)) {
    return 'is no JSON Web Key, or no set of them'
  }
  if (keys.some((jwk) => SECRET_KEY_MEMBERS.some((member) => member in jwk))) {
    return 'holds a private or symmetric key: give public keys, which are all that is needed'
  }
  return keys.some((jwk) => KEY_TYPES.has(jwk['kty'])) ? null : 'has no key of type EC, RSA or OKP'
}

function isJwk(value: unknown): value is PublicJwk {
  return typeof value === 'object' && value !== null && 'kty' in value
}

function problemOfGrants({ grants, authenticationMethod }: ClientSettings): string | null {
  const isPublic = authenticationMethod === 'none'
  if (isPublic && grants.includes('client_credentials')) {
    return 'must not have client_credentials when the client cannot keep a secret'
  }
  const mayRefresh = grants.some(
    (grant) => grant !== 'refresh_token' && grant !== 'client_credentials',
  )
  return grants.includes('refresh_token') && !mayRefresh
    ? 'must have one that signs users in when refresh_token is among them'
    : null
}

function problemOfEach<Value>(
  values: readonly Value[],
  problemOf: (value: Value) => string | null,
): string | null {
  if (values.length > MOST_VALUES) return `must not be more than ${MOST_VALUES}`
  for (const value of values) {
    const problem = problemOf(value)
    if (problem !== null) return `${JSON.stringify(value)} ${problem}`
  }
  return null
}

function problemOfOpenScope({ scope, text }: OpenScope): string | null {
  if (!SCOPE.test(scope)) return 'is no scope'
  // What the pages say of those is known, and they mean something here.
  if (signInScopes.includes(scope)) return 'is a scope of this server'
  const isShowable =
    text === null ||
    (text.length >= 1 && text.length <= MOST_NAME_CHARACTERS && !UNSHOWABLE.test(text))
  return isShowable
    ? null
    : `must be told in 1 to ${MOST_NAME_CHARACTERS} characters, none of which controls others`
}

/**
 * Redirect URIs lead to one place: https, http on this machine, or the scheme of a native app.
 * Spec: RFC 9700 section 2.1, RFC 8252 section 7.
 */
function problemOfRedirectUri(uri: string): string | null {
  const common = problemOfUri(uri)
  if (common !== null) return common
  const { protocol, hostname } = new URL(uri)
  if (protocol === 'https:') return null
  if (protocol === 'http:') {
    return LOOPBACK_HOSTS.has(hostname) ? null : 'must be https, http is for loopback only'
  }
  return PRIVATE_USE_SCHEME.test(protocol)
    ? null
    : 'must be https, http on loopback, or a scheme such as com.example.app:'
}

/** As browsers write an origin. */
function problemOfOrigin(origin: string): string | null {
  const url = URL.parse(origin)
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.origin === origin
  if (!isWeb) return 'is no origin such as https://app.example.com'
  return url.protocol === 'https:' || LOOPBACK_HOSTS.has(url.hostname)
    ? null
    : 'must be https, http is for loopback only'
}

/** Spec: RFC 8707 section 2: an absolute URI without fragment. */
function problemOfResource(audience: string): string | null {
  return problemOfUri(audience)
}

function problemOfHttps(uri: string | null): string | null {
  if (uri === null) return null
  const common = problemOfUri(uri)
  if (common !== null) return common
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK_HOSTS.has(hostname))
    ? null
    : 'must be https'
}

/**
 * Browsers of users load it unseen, with cookies: so it leads to a place that is the client's anyway.
 * Spec: OpenID Connect Front-Channel Logout section 2.
 */
function problemOfFrame(uri: string | null, redirectUris: readonly string[]): string | null {
  const origins = redirectUris.map((one) => URL.parse(one)?.origin)
  return uri === null || origins.includes(new URL(uri).origin)
    ? null
    : 'must have scheme, host and port of a redirect URI'
}

function problemOfUri(uri: string): string | null {
  if (uri.length > MOST_URI_CHARACTERS) return `has over ${MOST_URI_CHARACTERS} characters`
  if (!URI_CHARACTERS.test(uri)) return 'has characters that no URI has'
  const url = URL.parse(uri)
  if (url === null) return 'is no absolute URI'
  if (url.hash !== '' || uri.includes('#')) return 'must have no fragment'
  if (url.username !== '' || url.password !== '') return 'must have no user name'
  // Browsers mend what is written in other ways, each time where it leads to; others do not.
  const isWeb = /^https?:$/.test(url.protocol)
  const isPlain = WEB_HOST.exec(uri)?.[1]?.toLowerCase() === url.hostname
  return isWeb && !isPlain ? 'does not say its host plainly' : null
}

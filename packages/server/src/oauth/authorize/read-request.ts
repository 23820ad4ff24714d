import type {
  AuthorizationRequest,
  Prompt,
  RequestedClaims,
  ResponseMode,
} from '../../domain/authorization-request.ts'
import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import { required, several, single, words, type Parameters } from '../parameters.ts'
import type { Reach } from '../reach.ts'
import { mayHaveClaim } from '../scopes.ts'
import {
  AuthorizationError,
  type AuthorizationErrorCode,
  type ReturnPath,
} from './authorization-error.ts'
import { isRegisteredRedirectUri } from './redirect-uri.ts'

export const responseModes: readonly ResponseMode[] = ['query', 'fragment', 'form_post']
export const promptValues: readonly Prompt[] = ['none', 'login', 'consent', 'select_account']

/** Spec: RFC 7636 section 4.2: of SHA-256, so 43 characters. */
const CODE_CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const MOST_CHARACTERS = 2000
/** Of all of it together, as it is stored: strangers may have it stored. */
const MOST_STORED_BYTES = 8192
const MOST_AGE = /^\d{1,9}$/
/** Spec: RFC 7638, SHA-256. */
const KEY_THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Reads where the answer goes. Until that is known to be the client's, nobody is sent anywhere.
 * Errors: `invalid_request`, for the person at the browser.
 */
export function readReturnPath(parameters: Parameters, client: Client): ReturnPath {
  const redirectUri = redirectUriOf(parameters, client)
  const path = { redirectUri, responseMode: 'query', state: null } as const
  const state = onceAtMost(parameters, 'state', path)
  if (state !== null && state.length > MOST_CHARACTERS) throw tooLong('state', path)
  const mode = onceAtMost(parameters, 'response_mode', { ...path, state })
  const responseMode = responseModes.find((one) => one === (mode ?? 'query'))
  if (responseMode !== undefined) return { redirectUri, responseMode, state }
  throw invalid('response_mode must be query, fragment or form_post.', { ...path, state })
}

/** OAuth lets a client with one redirect URI leave it out; OpenID Connect never does. */
function redirectUriOf(parameters: Parameters, client: Client): string {
  const { redirectUris } = client
  const isOpenid = several(parameters, 'scope').some((scope) => words(scope).includes('openid'))
  const only = redirectUris.length === 1 && !isOpenid ? redirectUris[0]! : null
  const redirectUri = single(parameters, 'redirect_uri') ?? only
  if (redirectUri === null) required(parameters, 'redirect_uri')
  if (redirectUri !== null && isRegisteredRedirectUri(redirectUris, redirectUri)) return redirectUri
  throw new MapaeError('invalid_request', {
    detail: 'redirect_uri is not one that this client registered.',
  })
}

/** What a request is read against besides its client. */
export interface RequestReading {
  readonly reach: Reach
  /** Null when it is no ID token of this issuer. */
  readonly readIdTokenHint: (
    idToken: string,
  ) => { readonly clientId: string; readonly subject: string } | null
}

/**
 * Reads the rest of an authorization request. Errors: `AuthorizationError`, for the client.
 * Spec: RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core section 3.1.2.1.
 */
export function readAuthorizationRequest(
  parameters: Parameters,
  client: Client,
  path: ReturnPath,
  { reach, readIdTokenHint }: RequestReading,
): AuthorizationRequest {
  const one = (name: string) => {
    const value = onceAtMost(parameters, name, path)
    if (value !== null && value.length > MOST_CHARACTERS) throw tooLong(name, path)
    return value
  }
  if (!client.grants.includes('authorization_code')) throw failure('unauthorized_client', path)
  if (one('registration') !== null) throw failure('registration_not_supported', path)
  if (one('response_type') === null) throw invalid('response_type is required.', path)
  if (one('response_type') !== 'code') throw failure('unsupported_response_type', path)
  const resources = told('invalid_target', path, () =>
    reach.chooseAudiences(client, several(parameters, 'resource')),
  )
  const scope = one('scope')
  const scopes = told('invalid_scope', path, () => reach.chooseScopes(client, resources, scope))
  const claims = readClaims(onceAtMost(parameters, 'claims', path), path)
  const requestedClaims = claims === null ? null : allowedClaims(claims, client)
  const hint = onceAtMost(parameters, 'id_token_hint', path)
  const request: AuthorizationRequest = {
    clientId: client.id,
    ...path,
    scopes,
    resources,
    codeChallenge: readChallenge(client, one, path),
    nonce: one('nonce'),
    prompts: readPrompts(one('prompt'), path),
    maxAgeSeconds: readMaxAge(one('max_age'), path),
    loginHint: one('login_hint'),
    uiLocales: words(one('ui_locales')),
    ...readAcrWishes(claims, words(one('acr_values')), path),
    requestedClaims,
    expectedSubject: readHint(hint, client, path, readIdTokenHint) ?? subjectIn(requestedClaims),
    dpopKeyThumbprint: readThumbprint(one('dpop_jkt'), path),
  }
  if (Buffer.byteLength(JSON.stringify(request)) <= MOST_STORED_BYTES) return request
  throw invalid('All parameters together are too long.', path)
}

/**
 * Spec: RFC 9700 section 2.1.1: what ties a code to one browser is PKCE, or the nonce for a client
 * that proves who it is and checks the nonce of its ID token.
 */
function readChallenge(
  client: Client,
  one: (name: string) => string | null,
  path: ReturnPath,
): string | null {
  const [challenge, method] = [one('code_challenge'), one('code_challenge_method')]
  if (challenge === null && method === null && client.mayOmitPkce) {
    const isTied = one('nonce') !== null || client.acceptsInjectableCodes
    if (isTied && words(one('scope')).includes('openid')) return null
    throw invalid('code_challenge, or nonce with the scope openid, is required.', path)
  }
  if (challenge === null) throw invalid('code_challenge is required.', path)
  // Leaving the method out means plain, which a thief of the request can answer.
  if (method !== 'S256') throw invalid('code_challenge_method must be S256.', path)
  if (CODE_CHALLENGE.test(challenge)) return challenge
  throw invalid('code_challenge must be the SHA-256 of the verifier in base64url.', path)
}

/** What is refused there is told to the client. */
function told<Chosen>(
  code: 'invalid_scope' | 'invalid_target',
  path: ReturnPath,
  choose: () => Chosen,
): Chosen {
  try {
    return choose()
  } catch (error) {
    if (!(error instanceof MapaeError) || error.code !== code) throw error
    throw new AuthorizationError(code, path, error.details.detail ?? null)
  }
}

function readPrompts(text: string | null, path: ReturnPath): readonly Prompt[] {
  const prompts = words(text).map((word) => promptValues.find((prompt) => prompt === word))
  const known = prompts.filter((prompt) => prompt !== undefined)
  if (known.length < prompts.length) throw invalid('prompt has a value that is not known.', path)
  if (!known.includes('none') || known.length === 1) return known
  throw invalid('prompt=none goes with no other value.', path)
}

function readMaxAge(text: string | null, path: ReturnPath): number | null {
  if (text === null) return null
  if (MOST_AGE.test(text)) return Number(text)
  throw invalid('max_age must be a number of seconds.', path)
}

/** Whom the client means. Spec: OpenID Connect Core section 3.1.2.1, `id_token_hint`. */
function readHint(
  hint: string | null,
  client: Client,
  path: ReturnPath,
  readIdTokenHint: RequestReading['readIdTokenHint'],
): string | null {
  if (hint === null) return null
  const read = readIdTokenHint(hint)
  if (read?.clientId === client.id) return read.subject
  throw invalid('id_token_hint must be an ID token that this client got here.', path)
}

/** The same in the words of `claims`. Spec: OpenID Connect Core section 5.5.1. */
function subjectIn(requestedClaims: RequestedClaims | null): string | null {
  const value = requestedClaims?.id_token?.['sub']?.value
  return typeof value === 'string' ? value : null
}

function readThumbprint(text: string | null, path: ReturnPath): string | null {
  if (text === null || KEY_THUMBPRINT.test(text)) return text
  throw invalid('dpop_jkt must be a JWK thumbprint.', path)
}

/**
 * In which way the user shall have signed in. `acr_values` are wishes, a class in `claims` that is
 * essential is required. Spec: OpenID Connect Core sections 3.1.2.1 and 5.5.1.1.
 */
function readAcrWishes(
  claims: RequestedClaims | null,
  acrValues: readonly string[],
  path: ReturnPath,
): Pick<AuthorizationRequest, 'acrValues' | 'requiredAcrValues'> {
  const asked = claims?.id_token?.['acr'] ?? {}
  const { essential = false, value, values } = asked
  const named: unknown = value === undefined ? (values ?? []) : [value]
  const isOneKind = value === undefined || values === undefined
  if (!isOneKind || values?.length === 0 || typeof essential !== 'boolean' || !isTexts(named)) {
    // What is required must be certain: nothing of it is guessed.
    throw invalid('acr in claims takes essential, and as texts value or values.', path)
  }
  return essential && named.length > 0
    ? { acrValues, requiredAcrValues: named }
    : { acrValues: [...named, ...acrValues], requiredAcrValues: null }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** Spec: OpenID Connect Core section 5.5. */
function readClaims(text: string | null, path: ReturnPath): RequestedClaims | null {
  if (text === null) return null
  if (text.length > 2 * MOST_CHARACTERS) throw tooLong('claims', path)
  const claims = parseObject(text)
  if (claims === null) throw invalid('claims must be a JSON object.', path)
  const { userinfo, id_token } = claims
  const isWhole = [userinfo, id_token].every((part) => part === undefined || isRequest(part))
  if (!isWhole) throw invalid('claims must name objects of claims.', path)
  return {
    ...(isRequest(userinfo) ? { userinfo } : {}),
    ...(isRequest(id_token) ? { id_token } : {}),
  }
}

/** Claims of scopes that the client may not have are left out, as those scopes are. */
function allowedClaims({ userinfo, id_token }: RequestedClaims, client: Client): RequestedClaims {
  const allowed = (asked: NonNullable<RequestedClaims['userinfo']>) =>
    Object.fromEntries(Object.entries(asked).filter(([name]) => mayHaveClaim(client, name)))
  return {
    ...(userinfo === undefined ? {} : { userinfo: allowed(userinfo) }),
    ...(id_token === undefined ? {} : { id_token: allowed(id_token) }),
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRequest(value: unknown): value is NonNullable<RequestedClaims['userinfo']> {
  return isObject(value) && Object.values(value).every((one) => one === null || isObject(one))
}

function onceAtMost(parameters: Parameters, name: string, path: ReturnPath): string | null {
  try {
    return single(parameters, name)
  } catch {
    throw invalid(`${name} came more than once.`, path)
  }
}

function invalid(detail: string, path: ReturnPath): AuthorizationError {
  return new AuthorizationError('invalid_request', path, detail)
}

function tooLong(name: string, path: ReturnPath): AuthorizationError {
  return invalid(`${name} is too long.`, path)
}

function failure(code: AuthorizationErrorCode, path: ReturnPath): AuthorizationError {
  return new AuthorizationError(code, path)
}

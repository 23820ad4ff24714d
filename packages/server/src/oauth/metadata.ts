import { reachableAcrValues } from '../domain/authentication-context.ts'
import { clientAlgorithms, clientSignatureAlgorithms } from '../domain/client.ts'
import { promptValues, responseModes } from './authorize/read-request.ts'
import type { ClientAuthentication } from './client-authentication.ts'
import type { ClientRegistry } from './client-registry.ts'
import { claimsOfScope, signInScopes, openScopesOf } from './scopes.ts'
import type { Grant } from './token-grant.ts'
import { userClaimNames } from './user-claims.ts'

/** Every endpoint that metadata tell of, by the path of its route. */
const endpointPaths: Readonly<Record<string, string>> = {
  authorization_endpoint: '/oauth/authorize',
  token_endpoint: '/oauth/token',
  jwks_uri: '/.well-known/jwks.json',
  userinfo_endpoint: '/oauth/userinfo',
  introspection_endpoint: '/oauth/introspect',
  revocation_endpoint: '/oauth/revoke',
  pushed_authorization_request_endpoint: '/oauth/par',
  device_authorization_endpoint: '/oauth/device_authorization',
  registration_endpoint: '/oauth/register',
  end_session_endpoint: '/oauth/logout',
  revocations_endpoint: '/v1/revocations',
}

export interface MetadataParts {
  readonly issuer: string
  readonly grants: readonly Grant[]
  readonly ways: readonly ClientAuthentication[]
  readonly acceptsClientDocuments: boolean
  /** Paths of the routes that there are. */
  readonly paths: readonly string[]
  /** What other parts of the server tell of themselves. */
  readonly more?: Readonly<Record<string, unknown>>
}

/**
 * What clients read to set themselves up, of both kinds, made from what there is.
 * Spec: RFC 8414 section 2, RFC 9701 section 7, OpenID Connect Discovery section 3.
 */
export function createMetadata(parts: MetadataParts): Readonly<Record<string, unknown>> {
  const { issuer, grants, ways, acceptsClientDocuments, paths, more } = parts
  const endpoints = Object.entries(endpointPaths)
    .filter(([, path]) => paths.includes(path))
    .map(([name, path]) => [name, issuer + path] as const)
  const methods = ['none', ...new Set(ways.flatMap((way) => way.methods))]
  return {
    issuer,
    ...Object.fromEntries(endpoints),
    scopes_supported: signInScopes,
    response_types_supported: ['code'],
    response_modes_supported: responseModes,
    grant_types_supported: grants.map(({ type }) => type),
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: clientSignatureAlgorithms,
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: clientSignatureAlgorithms,
    introspection_signing_alg_values_supported: clientAlgorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: clientSignatureAlgorithms,
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: promptValues,
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: clientAlgorithms,
    userinfo_signing_alg_values_supported: clientAlgorithms,
    claim_types_supported: ['normal'],
    acr_values_supported: reachableAcrValues,
    claims_supported: ['sub', ...userClaimNames, 'auth_time', 'acr', 'amr', 'sid'],
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: clientSignatureAlgorithms,
    dpop_signing_alg_values_supported: clientSignatureAlgorithms,
    tls_client_certificate_bound_access_tokens: bindsToCertificates(ways),
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    request_uri_parameter_supported: false,
    ...(acceptsClientDocuments ? { client_id_metadata_document_supported: true } : {}),
    ui_locales_supported: ['en', 'ko'],
    ...more,
  }
}

/** Whether clients that show certificates get access tokens, which are bound to these. */
function bindsToCertificates(ways: readonly ClientAuthentication[]): boolean {
  return ways.some(({ methods }) => methods.includes('self_signed_tls_client_auth'))
}

/** The same, with what APIs open to strangers now: operators change that. */
export function withOpenScopes(
  metadata: Readonly<Record<string, unknown>>,
  clients: Pick<ClientRegistry, 'resourceServers'>,
): Readonly<Record<string, unknown>> {
  return { ...metadata, scopes_supported: [...signInScopes, ...openScopesOf(clients)] }
}

/** Of the API that this server has itself: user info. Spec: RFC 9728 section 2. */
export function createResourceMetadata(
  issuer: string,
  resourceName: string,
  ways: readonly ClientAuthentication[],
): Readonly<Record<string, unknown>> {
  return {
    resource: issuer,
    authorization_servers: [issuer],
    scopes_supported: Object.keys(claimsOfScope),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: clientSignatureAlgorithms,
    ...(bindsToCertificates(ways) ? { tls_client_certificate_bound_access_tokens: true } : {}),
    resource_name: resourceName,
  }
}

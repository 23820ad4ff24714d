import type { Client, ClientAlgorithm, ClientSettings, PublicJwk } from '../domain/client.ts'
import { words } from './parameters.ts'

/** The wire name of each setting that has one. Spec: RFC 7591 section 2 and its registry. */
const wireNames = {
  name: 'client_name',
  authenticationMethod: 'token_endpoint_auth_method',
  grants: 'grant_types',
  redirectUris: 'redirect_uris',
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  webOrigins: 'web_origins',
  audiences: 'audiences',
  isTrusted: 'trusted',
  transport: 'refresh_token_transport',
  accessTokenSeconds: 'access_token_seconds',
  refreshIdleSeconds: 'refresh_idle_seconds',
  refreshAbsoluteSeconds: 'refresh_absolute_seconds',
  idTokenAlgorithm: 'id_token_signed_response_alg',
  userinfoAlgorithm: 'userinfo_signed_response_alg',
  accessTokenAlgorithm: 'access_token_signed_response_alg',
  subjectType: 'subject_type',
  sectorIdentifier: 'sector_identifier',
  mayOmitPkce: 'may_omit_pkce',
  acceptsInjectableCodes: 'accept_injectable_codes',
  requiresDpop: 'dpop_bound_access_tokens',
  requiresPushedRequests: 'require_pushed_authorization_requests',
  requiresSignedRequests: 'require_signed_request_object',
  jwks: 'jwks',
  jwksUri: 'jwks_uri',
  assertionAlgorithm: 'token_endpoint_auth_signing_alg',
  requiresIssuerAudience: 'require_issuer_audience',
  requestObjectAlgorithm: 'request_object_signing_alg',
  tlsSubject: 'tls_client_auth_subject_dn',
  backchannelLogoutUri: 'backchannel_logout_uri',
  frontchannelLogoutUri: 'frontchannel_logout_uri',
  logoUri: 'logo_uri',
  homepageUri: 'client_uri',
  policyUri: 'policy_uri',
  termsUri: 'tos_uri',
  openScopes: 'open_scopes',
} as const satisfies Partial<Record<keyof ClientSettings, string>>

/** How the wire calls a setting, or the identifier of a client. */
export function wireNameOf(setting: keyof ClientSettings | 'id'): string {
  return { ...wireNames, id: 'client_id', scopes: 'scope', resource: 'resource' }[setting]
}

/** A client as the wire writes it, without its secrets; what is not set is left out. */
export function clientMetadata(client: Client): Readonly<Record<string, unknown>> {
  const settings = Object.entries(wireNames)
    .map(([name, wireName]) => [wireName, client[name as keyof typeof wireNames]] as const)
    .filter(([, value]) => isSaid(value))
  const { resource, scopes } = client
  return {
    client_id: client.id,
    client_id_issued_at: client.createdAt,
    ...Object.fromEntries(settings),
    ...(client.grants.includes('authorization_code') ? { response_types: ['code'] } : {}),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(resource === null
      ? {}
      : {
          resource: resource.audience,
          ...(resource.accessTokenAlgorithm === null
            ? {}
            : { resource_access_token_alg: resource.accessTokenAlgorithm }),
          ...(resource.encryptionJwk === null
            ? {}
            : { resource_encryption_jwk: resource.encryptionJwk }),
        }),
  }
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== false && !(Array.isArray(value) && value.length === 0)
}

/** The inverse of `clientMetadata`, for metadata whose types were checked. */
export function settingsOfMetadata(
  metadata: Readonly<Record<string, unknown>>,
): Partial<ClientSettings> {
  const said = Object.entries(wireNames)
    .map(([name, wireName]) => [name, metadata[wireName]] as const)
    .filter(([, value]) => value !== undefined)
  const { scope, resource, resource_access_token_alg, resource_encryption_jwk } = metadata
  return {
    ...(Object.fromEntries(said) as Partial<ClientSettings>),
    ...(typeof scope === 'string' ? { scopes: words(scope) } : {}),
    ...(typeof resource === 'string'
      ? {
          resource: {
            audience: resource,
            accessTokenAlgorithm: (resource_access_token_alg ?? null) as ClientAlgorithm | null,
            encryptionJwk: (resource_encryption_jwk ?? null) as PublicJwk | null,
          },
        }
      : {}),
  }
}

import { z } from 'zod'

import {
  clientAlgorithms,
  clientSignatureAlgorithms,
  type ClientSettings,
} from '../domain/client.ts'
import { words } from '../oauth/parameters.ts'

const uri = z.string().max(2000)
const uris = z.array(uri).max(20)
const algorithm = z.enum(clientAlgorithms)
const jwtAlgorithm = z.enum(clientSignatureAlgorithms)

/** What is not understood is left out, as RFC 7591 section 2 says. */
export const clientMetadataSchema = z.object({
  client_name: z.string().optional(),
  redirect_uris: uris.optional(),
  post_logout_redirect_uris: uris.optional(),
  token_endpoint_auth_method: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .default('client_secret_basic'),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token']))
    .default(['authorization_code', 'refresh_token']),
  response_types: z.array(z.literal('code')).optional(),
  scope: z.string().max(1000).optional(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(20) }).optional(),
  jwks_uri: uri.optional(),
  token_endpoint_auth_signing_alg: jwtAlgorithm.optional(),
  request_object_signing_alg: jwtAlgorithm.optional(),
  id_token_signed_response_alg: algorithm.default('RS256'),
  userinfo_signed_response_alg: algorithm.optional(),
  subject_type: z.enum(['public', 'pairwise']).default('public'),
  sector_identifier_uri: uri.optional(),
  dpop_bound_access_tokens: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().default(false),
  require_signed_request_object: z.boolean().default(false),
  backchannel_logout_uri: uri.optional(),
  frontchannel_logout_uri: uri.optional(),
  logo_uri: uri.optional(),
  client_uri: uri.optional(),
  policy_uri: uri.optional(),
  tos_uri: uri.optional(),
})

type ClientMetadata = z.infer<typeof clientMetadataSchema>

/** What a client says of itself, in the words of the domain. */
export function settingsOfMetadata(metadata: ClientMetadata): Partial<ClientSettings> {
  const wanted = {
    name: metadata.client_name,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    authenticationMethod: metadata.token_endpoint_auth_method,
    grants: metadata.grant_types,
    scopes: metadata.scope === undefined ? undefined : words(metadata.scope),
    jwks: metadata.jwks,
    jwksUri: metadata.jwks_uri,
    assertionAlgorithm: metadata.token_endpoint_auth_signing_alg,
    requestObjectAlgorithm: metadata.request_object_signing_alg,
    idTokenAlgorithm: metadata.id_token_signed_response_alg,
    userinfoAlgorithm: metadata.userinfo_signed_response_alg,
    subjectType: metadata.subject_type,
    sectorIdentifier: metadata.sector_identifier_uri,
    requiresDpop: metadata.dpop_bound_access_tokens,
    requiresPushedRequests: metadata.require_pushed_authorization_requests,
    requiresSignedRequests: metadata.require_signed_request_object,
    backchannelLogoutUri: metadata.backchannel_logout_uri,
    frontchannelLogoutUri: metadata.frontchannel_logout_uri,
    logoUri: metadata.logo_uri,
    homepageUri: metadata.client_uri,
    policyUri: metadata.policy_uri,
    termsUri: metadata.tos_uri,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
}

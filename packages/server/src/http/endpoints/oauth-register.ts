import { z } from 'zod'

import type { ClientSettings } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import { clientMetadata } from '../../oauth/client-metadata.ts'
import type { ClientWithSecret } from '../../oauth/client-administration.ts'
import type { Registration } from '../../oauth/registration/registration.ts'
import { words } from '../../oauth/parameters.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { openRoute, type Answer, type Route, type RouteRequest } from '../route.ts'

const uri = z.string().max(2000)
const uris = z.array(uri).max(20)
const algorithm = z.enum(['RS256', 'ES256', 'EdDSA'])

/** What is not understood is left out, as RFC 7591 section 2 says. */
const metadataSchema = z.object({
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
  id_token_signed_response_alg: algorithm.default('RS256'),
  subject_type: z.enum(['public', 'pairwise']).default('public'),
  /** Whose other redirect URIs it would have to be asked for. */
  sector_identifier_uri: z.never('is not supported').optional(),
  dpop_bound_access_tokens: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().default(false),
  backchannel_logout_uri: uri.optional(),
  frontchannel_logout_uri: uri.optional(),
  logo_uri: uri.optional(),
  client_uri: uri.optional(),
  policy_uri: uri.optional(),
  tos_uri: uri.optional(),
})

type Metadata = z.infer<typeof metadataSchema>

const registeredSchema = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
  registration_access_token: z.string().optional(),
  registration_client_uri: z.string().optional(),
})

const facts = { cors: 'any', errorsAs: 'oauth', failed: registrationFailure } as const

/** Clients that make themselves known. Spec: RFC 7591, OpenID Connect Registration. */
export function oauthRegisterRoutes(registration: Registration, issuer: string): readonly Route[] {
  const registers = openRoute({
    ...facts,
    method: 'POST',
    path: '/oauth/register',
    summary: 'Make a client known (RFC 7591)',
    body: metadataSchema,
    answers: { 201: registeredSchema },
    errors: ['client_refused', 'too_many_attempts'],
    async handle({ body, device }) {
      const made = await registration.register(settingsOf(body), device.ipAddress)
      return { status: 201, json: registered(issuer, made, made.registrationToken) }
    },
  })
  return [registers, ...managementRoutes(registration, issuer)]
}

/** Spec: RFC 7592 section 2. */
function managementRoutes(registration: Registration, issuer: string): readonly Route[] {
  const managing = { ...facts, path: '/oauth/register/{id}', errors: ['invalid_token'] } as const
  const own = ({ parameters, headers }: RouteRequest) =>
    registration.authorize(parameters['id']!, bearerOf(headers))
  return [
    openRoute({
      ...managing,
      method: 'GET',
      summary: 'What is known of a client that registered itself (RFC 7592)',
      body: null,
      answers: { 200: registeredSchema },
      handle(request) {
        const known = { client: own(request), secret: null }
        return { status: 200, json: registered(issuer, known, bearerOf(request.headers)!) }
      },
    }),
    openRoute({
      ...managing,
      method: 'PUT',
      summary: 'Replace what is known of a client that registered itself (RFC 7592)',
      body: metadataSchema.extend({ client_id: z.string() }),
      answers: { 200: registeredSchema },
      errors: ['invalid_token', 'client_refused'],
      async handle(request) {
        const { id } = own(request)
        const { client_id, ...metadata } = request.body
        if (client_id !== id) {
          throw new MapaeError('client_refused', { detail: 'client_id is not that of the client.' })
        }
        const client = await registration.replace(id, settingsOf(metadata))
        const changed = { client, secret: null }
        return { status: 200, json: registered(issuer, changed, bearerOf(request.headers)!) }
      },
    }),
    openRoute({
      ...managing,
      method: 'DELETE',
      summary: 'Forget a client that registered itself (RFC 7592)',
      body: null,
      answers: { 204: null },
      async handle(request) {
        await registration.delete(own(request).id)
        return { status: 204 }
      },
    }),
  ]
}

/** Spec: RFC 7591 section 3.2.1. */
function registered(
  issuer: string,
  { client, secret }: ClientWithSecret,
  registrationToken: string,
): z.infer<typeof registeredSchema> {
  return {
    ...clientMetadata(client),
    client_id: client.id,
    ...(secret === null ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    registration_access_token: registrationToken,
    registration_client_uri: `${issuer}/oauth/register/${client.id}`,
  }
}

function settingsOf(metadata: Metadata): Partial<ClientSettings> {
  const wanted = {
    name: metadata.client_name,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    authenticationMethod: metadata.token_endpoint_auth_method,
    grants: metadata.grant_types,
    scopes: metadata.scope === undefined ? undefined : words(metadata.scope),
    jwks: metadata.jwks,
    jwksUri: metadata.jwks_uri,
    idTokenAlgorithm: metadata.id_token_signed_response_alg,
    subjectType: metadata.subject_type,
    requiresDpop: metadata.dpop_bound_access_tokens,
    requiresPushedRequests: metadata.require_pushed_authorization_requests,
    backchannelLogoutUri: metadata.backchannel_logout_uri,
    frontchannelLogoutUri: metadata.frontchannel_logout_uri,
    logoUri: metadata.logo_uri,
    homepageUri: metadata.client_uri,
    policyUri: metadata.policy_uri,
    termsUri: metadata.tos_uri,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
}

function bearerOf(headers: Headers): string | null {
  return /^bearer +([A-Za-z0-9_-]+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null
}

/** Spec: RFC 7591 section 3.2.2. */
function registrationFailure(error: MapaeError): Answer {
  const { code, details } = error
  if (code !== 'client_refused' && code !== 'invalid_request') return oauthFailure(error)
  const { setting, errors } = (details.members ?? {}) as {
    setting?: string
    errors?: readonly { path: string; message: string }[]
  }
  const isRedirectUri = setting === 'redirectUris' || errors?.[0]?.path.startsWith('redirect_uris')
  const [first] = errors ?? []
  return {
    status: 400,
    json: {
      error: isRedirectUri ? 'invalid_redirect_uri' : 'invalid_client_metadata',
      error_description: first === undefined ? details.detail : `${first.path}: ${first.message}`,
    },
  }
}

import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import { clientMetadata } from '../../oauth/client-metadata.ts'
import type { ClientWithSecret } from '../../oauth/client-administration.ts'
import type { Registration } from '../../oauth/registration/registration.ts'
import { clientMetadataSchema, settingsOfMetadata } from '../client-metadata-schema.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { openRoute, type Answer, type Route, type RouteRequest } from '../route.ts'

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
    body: clientMetadataSchema,
    answers: { 201: registeredSchema },
    errors: ['client_refused', 'too_many_attempts', 'server_busy'],
    async handle({ body, device }) {
      const made = await registration.register(settingsOfMetadata(body), device.ipAddress)
      return { status: 201, json: registered(issuer, registration, made, made.registrationToken) }
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
        return {
          status: 200,
          json: registered(issuer, registration, known, bearerOf(request.headers)!),
        }
      },
    }),
    openRoute({
      ...managing,
      method: 'PUT',
      summary: 'Replace what is known of a client that registered itself (RFC 7592)',
      body: clientMetadataSchema.extend({
        client_id: z.string(),
        client_secret: z.string().max(200).optional(),
      }),
      answers: { 200: registeredSchema },
      errors: ['invalid_token', 'client_refused', 'too_many_attempts', 'server_busy'],
      async handle(request) {
        const client = own(request)
        const { client_id, client_secret, ...metadata } = request.body
        if (client_id !== client.id) {
          throw new MapaeError('client_refused', { detail: 'client_id is not that of the client.' })
        }
        const wanted = settingsOfMetadata(metadata)
        const { ipAddress } = request.device
        const changed = await registration.replace(client, wanted, client_secret, ipAddress)
        return {
          status: 200,
          json: registered(issuer, registration, changed, bearerOf(request.headers)!),
        }
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
  registration: Registration,
  { client, secret }: ClientWithSecret,
  registrationToken: string,
): z.infer<typeof registeredSchema> {
  const scopes = registration.scopesOf(client)
  const { sector_identifier, scope: _ofSignIn, ...metadata } = clientMetadata(client)
  return {
    ...metadata,
    client_id: client.id,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(sector_identifier === undefined ? {} : { sector_identifier_uri: sector_identifier }),
    ...(secret === null ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    registration_access_token: registrationToken,
    registration_client_uri: `${issuer}/oauth/register/${client.id}`,
  }
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
  const problem = first === undefined ? details.detail : `${first.path}: ${first.message}`
  return {
    status: 400,
    json: {
      error: isRedirectUri ? 'invalid_redirect_uri' : 'invalid_client_metadata',
      // Addresses in it may be written in any letters, and it is for ASCII alone.
      error_description: problem?.replaceAll(/[^\x20-\x7e]/g, '?'),
    },
  }
}

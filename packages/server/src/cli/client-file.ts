import { readFileSync } from 'node:fs'

import { z } from 'zod'

import {
  clientAlgorithms,
  clientAuthenticationMethods,
  clientSignatureAlgorithms,
  defaultClientSettings,
  grantTypes,
  type ClientSettings,
} from '../domain/client.ts'
import { settingsOfMetadata, wireNameOf } from '../oauth/client-metadata.ts'
import { checkClientId, checkClientSettings } from '../oauth/client-rules.ts'
import { CommandFailure } from './failure.ts'

const uri = z.string().max(2000)
const algorithm = z.enum(clientAlgorithms)
const jwtAlgorithm = z.enum(clientSignatureAlgorithms)
const seconds = z.int().positive()
const jwk = z.record(z.string(), z.unknown())

/** The names are those that `mapae client list --json` prints. */
const clientSchema = z.strictObject({
  client_id: z.string(),
  /** SHA-256 in base64url of secrets made elsewhere, the newest first. */
  client_secret_sha256: z
    .array(z.string().regex(/^[\w-]{43}$/))
    .min(1)
    .max(2)
    .optional(),
  client_name: z.string().optional(),
  token_endpoint_auth_method: z.enum(clientAuthenticationMethods).optional(),
  grant_types: z.array(z.enum(grantTypes)).optional(),
  redirect_uris: z.array(uri).optional(),
  post_logout_redirect_uris: z.array(uri).optional(),
  web_origins: z.array(uri).optional(),
  scope: z.string().optional(),
  audiences: z.array(uri).optional(),
  trusted: z.boolean().optional(),
  refresh_token_transport: z.enum(['body', 'cookie']).optional(),
  access_token_seconds: seconds.optional(),
  refresh_idle_seconds: seconds.optional(),
  refresh_absolute_seconds: seconds.optional(),
  id_token_signed_response_alg: algorithm.optional(),
  userinfo_signed_response_alg: algorithm.optional(),
  access_token_signed_response_alg: algorithm.optional(),
  subject_type: z.enum(['public', 'pairwise']).optional(),
  sector_identifier: z.string().optional(),
  may_omit_pkce: z.boolean().optional(),
  accept_injectable_codes: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  require_signed_request_object: z.boolean().optional(),
  jwks: z.strictObject({ keys: z.array(jwk) }).optional(),
  jwks_uri: uri.optional(),
  token_endpoint_auth_signing_alg: jwtAlgorithm.optional(),
  require_issuer_audience: z.boolean().optional(),
  request_object_signing_alg: jwtAlgorithm.optional(),
  tls_client_auth_subject_dn: z.string().optional(),
  backchannel_logout_uri: uri.optional(),
  frontchannel_logout_uri: uri.optional(),
  logo_uri: uri.optional(),
  client_uri: uri.optional(),
  policy_uri: uri.optional(),
  tos_uri: uri.optional(),
  resource: uri.optional(),
  resource_access_token_alg: algorithm.optional(),
  resource_encryption_jwk: jwk.optional(),
  open_scopes: z
    .array(z.strictObject({ scope: z.string(), text: z.string().nullable().default(null) }))
    .optional(),
})

const fileSchema = z.strictObject({ clients: z.array(clientSchema) })

export interface DeclaredClient {
  readonly id: string
  readonly settings: ClientSettings
  /** Null: those that it has stay. */
  readonly secretHashes: readonly string[] | null
}

/** Reads a file that declares clients; what it does not say of one is as by default. */
export function readClientFile(path: string): readonly DeclaredClient[] {
  const result = fileSchema.safeParse(parse(path))
  if (!result.success) {
    const [issue] = result.error.issues
    const where = issue!.path.join('.')
    throw new CommandFailure(
      'usage',
      `${path}: ${where === '' ? '' : `${where}: `}${issue!.message}`,
    )
  }
  const declared = result.data.clients.map(
    ({ client_id: id, client_secret_sha256, ...metadata }) => ({
      id,
      settings: { ...defaultClientSettings, name: id, ...settingsOfMetadata(metadata) },
      secretHashes: client_secret_sha256 ?? null,
    }),
  )
  for (const [index, client] of declared.entries()) {
    const problem = problemOf(client, declared.slice(0, index))
    if (problem !== null) throw new CommandFailure('usage', `${path}: ${client.id}: ${problem}.`)
  }
  return declared
}

/** What can be told before the first client is changed. */
function problemOf({ id, settings }: DeclaredClient, before: DeclaredClient[]): string | null {
  if (before.some((other) => other.id === id)) return 'client_id is declared twice'
  const fault = checkClientId(id) ?? checkClientSettings(settings)
  return fault === null ? null : `${wireNameOf(fault.setting)} ${fault.problem}`
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandFailure('usage', `${path} cannot be read: ${(error as Error).message}`)
  }
}

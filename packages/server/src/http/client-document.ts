import { z } from 'zod'

import type { ReadClientDocument } from '../oauth/registration/client-documents.ts'
import { clientMetadataSchema, settingsOfMetadata } from './client-metadata-schema.ts'
import type { OutgoingFetch } from './outgoing-fetch.ts'

const MOST_BYTES = 16 * 1024
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/i

const grants = z.enum(['authorization_code', 'refresh_token'])

/** As for registration, but there is no secret: nobody could be given it. */
const documentSchema = clientMetadataSchema.extend({
  client_id: z.string(),
  client_secret: z.never('is for nobody else').optional(),
  client_secret_expires_at: z.never('is of a secret').optional(),
  /** A further address to call, for whoever names the first one. */
  sector_identifier_uri: z.never('is for clients that register').optional(),
  token_endpoint_auth_method: z.enum(['none', 'private_key_jwt']).default('none'),
  /** One document is for many servers: what this one does not know is left out. */
  grant_types: z
    .array(z.string().max(200))
    .max(20)
    .transform((types) => types.filter((type) => grants.safeParse(type).success))
    .pipe(z.array(grants))
    .default(['authorization_code', 'refresh_token']),
  response_types: z
    .array(z.string().max(200))
    .max(20)
    .refine((types) => types.includes('code'))
    .transform(() => ['code' as const])
    .optional(),
})

/**
 * Reads the document at an address that whoever asks named, without following where it leads.
 * Spec: draft-ietf-oauth-client-id-metadata-document section 4.
 */
export function createReadClientDocument(fetch: OutgoingFetch): ReadClientDocument {
  return async (url) => {
    const answer = await fetch(url, { headers: { Accept: 'application/json' } })
    if (answer.status >= 500 || answer.status === 429) throw new Error('no answer for now')
    const type = answer.headers.get('content-type') ?? ''
    if (answer.status !== 200 || !JSON_TYPE.test(type)) return null
    const bytes = await answer.arrayBuffer()
    const document = bytes.byteLength > MOST_BYTES ? null : parseDocument(bytes)
    if (document === null) return null
    return {
      clientId: document.client_id,
      settings: settingsOfMetadata({
        ...document,
        response_types: ['code'],
        // Who is called when sessions end is known to operators.
        backchannel_logout_uri: undefined,
        frontchannel_logout_uri: undefined,
      }),
      maxAgeSeconds: maxAgeOf(answer.headers.get('cache-control')),
    }
  }
}

function parseDocument(bytes: ArrayBuffer): z.infer<typeof documentSchema> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return documentSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** Null when it does not say. Spec: RFC 9111 section 5.2.2. */
function maxAgeOf(cacheControl: string | null): number | null {
  if (cacheControl === null) return null
  if (/(?:^|[,\s])no-(?:store|cache)(?:$|[,\s=])/i.test(cacheControl)) return 0
  const maxAge = /(?:^|[,\s])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1]
  return maxAge === undefined ? null : Number(maxAge)
}

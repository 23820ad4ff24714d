import { z } from 'zod'

import type { ClientRegistry } from '../../oauth/client-registry.ts'
import {
  createMetadata,
  createResourceMetadata,
  withOpenScopes,
  type MetadataParts,
} from '../../oauth/metadata.ts'
import { openRoute, type Answer, type Route } from '../route.ts'

/** Both documents say the same; clients of either kind find what they look for. */
const paths = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const

/** Spec: OpenID Connect Discovery section 4, RFC 8414 section 3. */
export function oauthMetadataRoutes(
  routes: readonly Route[],
  parts: Omit<MetadataParts, 'paths'> & { readonly clients: ClientRegistry },
  resourceName: string,
): readonly Route[] {
  const metadata = createMetadata({ ...parts, paths: routes.map(({ path }) => path) })
  return [
    ...paths.map((path) => metadataRoute(path, () => withOpenScopes(metadata, parts.clients))),
    ownApiRoute(parts, resourceName),
  ]
}

function metadataRoute(
  path: (typeof paths)[number],
  metadata: () => Readonly<Record<string, unknown>>,
): Route {
  return openRoute({
    ...facts,
    path,
    summary: 'What clients read to set themselves up',
    answers: { 200: z.looseObject({ issuer: z.string() }) },
    handle: () => documentAnswer(metadata()),
  })
}

/** Who gives tokens for this server's own API. Spec: RFC 9728 section 3. */
function ownApiRoute(
  { issuer, ways }: Pick<MetadataParts, 'issuer' | 'ways'>,
  resourceName: string,
): Route {
  const metadata = createResourceMetadata(issuer, resourceName, ways)
  return openRoute({
    ...facts,
    path: '/.well-known/oauth-protected-resource',
    summary: 'What clients read to get tokens for this API (RFC 9728)',
    answers: { 200: z.looseObject({ resource: z.string() }) },
    handle: () => documentAnswer(metadata),
  })
}

const facts = { method: 'GET', cors: 'any', body: null, errors: [] } as const

function documentAnswer(json: Readonly<Record<string, unknown>>): Answer {
  return { status: 200, json, headers: { 'Cache-Control': 'public, max-age=300' } }
}

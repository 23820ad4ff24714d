import { z } from 'zod'

import { createMetadata, type MetadataParts } from '../../oauth/metadata.ts'
import { openRoute, type Route } from '../route.ts'

/** Both documents say the same; clients of either kind find what they look for. */
const paths = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const

/** Spec: OpenID Connect Discovery section 4, RFC 8414 section 3. */
export function oauthMetadataRoutes(
  routes: readonly Route[],
  parts: Omit<MetadataParts, 'paths'>,
): readonly Route[] {
  const metadata = createMetadata({ ...parts, paths: routes.map(({ path }) => path) })
  return paths.map((path) =>
    openRoute({
      method: 'GET',
      path,
      cors: 'any',
      summary: 'What clients read to set themselves up',
      body: null,
      answers: { 200: z.looseObject({ issuer: z.string() }) },
      errors: [],
      handle: () => ({
        status: 200,
        json: metadata,
        headers: { 'Cache-Control': 'public, max-age=300' },
      }),
    }),
  )
}

import { z } from 'zod'

import { JWKS_MAX_AGE_SECONDS } from '../../tokens/key-stages.ts'
import type { SigningKeys } from '../../tokens/signing-keys.ts'
import { openRoute } from '../route.ts'

/** Spec: RFC 7517 section 5. */
export function jwksRoute(signingKeys: SigningKeys) {
  return openRoute({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify access tokens',
    cors: 'any',
    body: null,
    answers: { 200: z.object({ keys: z.array(z.looseObject({ kid: z.string() })) }) },
    errors: [],
    handle: () => ({
      status: 200,
      json: signingKeys.publicJwks,
      headers: {
        'Content-Type': 'application/jwk-set+json',
        'Cache-Control': `public, max-age=${JWKS_MAX_AGE_SECONDS}`,
      },
    }),
  })
}

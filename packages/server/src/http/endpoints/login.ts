import { z } from 'zod'

import { acrValuesOf, chooseAcr } from '../../domain/authentication-context.ts'
import type { AuthenticationMethod } from '../../domain/browser-session.ts'
import type { Session } from '../../domain/session.ts'
import type { SignInWithPassword } from '../../login/password.ts'
import type { ReadDpopProof } from '../dpop.ts'
import type { FirstPartyCaller } from '../../sessions/start.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { openRoute } from '../route.ts'
import { tokenResponseSchema, transportSchema, type TokenResponse } from '../token-response.ts'
import { passwordSchema, usernameSchema } from './credentials.ts'

interface Wishes {
  readonly acr_values?: string | undefined
  readonly max_age?: number | undefined
}

const MOST_CHARACTERS = 1024
const methods: readonly AuthenticationMethod[] = ['pwd']

export function loginRoute(
  signIn: SignInWithPassword<FirstPartyCaller, Session>,
  tokenResponse: TokenResponse,
  refreshCookie: RefreshCookie,
  readDpopProof: ReadDpopProof,
) {
  return openRoute({
    method: 'POST',
    path: '/v1/login',
    cors: 'own_web_origins',
    summary: 'Sign in with a user name and a password',
    body: z.strictObject({
      username: usernameSchema,
      password: passwordSchema,
      transport: transportSchema.default('body'),
      acr_values: z.string().min(1).max(MOST_CHARACTERS).optional().meta({
        description: 'As an API that asks for another sign-in names it (RFC 9470).',
      }),
      max_age: z.int().min(0).optional().meta({ description: 'Likewise. Seconds.' }),
    }),
    answers: { 200: tokenResponseSchema },
    errors: [
      'invalid_credentials',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'origin_not_allowed',
      'too_many_attempts',
      'server_busy',
    ],
    async handle(request) {
      const { username, password, transport, ...wishes } = request.body
      if (transport === 'cookie') refreshCookie.checkOrigin(request.headers)
      const dpopKeyThumbprint = await readDpopProof(request)
      const toldMethods = tellMethods(wishes)
      const caller = { ...request.device, dpopKeyThumbprint, toldMethods }
      const session = await signIn(username, password, caller)
      return { status: 200, ...tokenResponse(session, transport) }
    },
  })
}

/**
 * Tokens say how their user signed in, and when, where the app was asked for it: most are not, and
 * would carry it with every call. No age is too high for a password that came just now.
 */
function tellMethods({ acr_values: acrValues, max_age: maxAge }: Wishes) {
  if (acrValues === undefined && maxAge === undefined) return null
  return { acr: chooseAcr(acrValuesOf(methods), acrValues?.split(' ') ?? []), amr: methods }
}

import { z } from 'zod'

import type { Session } from '../../domain/session.ts'
import type { SignInWithPassword } from '../../login/password.ts'
import type { ReadDpopProof } from '../dpop.ts'
import type { Device } from '../../sessions/start.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { openRoute } from '../route.ts'
import { tokenResponseSchema, transportSchema, type TokenResponse } from '../token-response.ts'
import { passwordSchema, usernameSchema } from './credentials.ts'

export function loginRoute(
  signIn: SignInWithPassword<Device, Session>,
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
      const { username, password, transport } = request.body
      if (transport === 'cookie') refreshCookie.checkOrigin(request.headers)
      const dpopKeyThumbprint = await readDpopProof(request)
      const session = await signIn(username, password, { ...request.device, dpopKeyThumbprint })
      return { status: 200, ...tokenResponse(session, transport) }
    },
  })
}

import { z } from 'zod'

import type { Session } from '../../domain/session.ts'
import type { SignUp } from '../../login/sign-up.ts'
import type { Device } from '../../sessions/start.ts'
import type { ReadDpopProof } from '../dpop.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { openRoute } from '../route.ts'
import { tokenResponseSchema, transportSchema, type TokenResponse } from '../token-response.ts'
import { passwordSchema, usernameSchema } from './credentials.ts'
import { userBody, userSchema } from './me.ts'

export function signupRoute(
  signUp: SignUp<Device, Session>,
  tokenResponse: TokenResponse,
  refreshCookie: RefreshCookie,
  readDpopProof: ReadDpopProof,
) {
  return openRoute({
    method: 'POST',
    path: '/v1/signup',
    cors: 'own_web_origins',
    summary: 'Make an account and sign in to it',
    body: z.strictObject({
      username: usernameSchema,
      password: passwordSchema,
      email: z.email().max(254).optional(),
      transport: transportSchema.default('body'),
    }),
    answers: { 201: tokenResponseSchema.extend({ user: userSchema }) },
    errors: [
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'origin_not_allowed',
      'signup_closed',
      'username_taken',
      'username_refused',
      'password_refused',
      'too_many_attempts',
      'server_busy',
    ],
    async handle(request) {
      const { username, password, email = null, transport } = request.body
      if (transport === 'cookie') refreshCookie.checkOrigin(request.headers)
      const device = { ...request.device, dpopKeyThumbprint: await readDpopProof(request) }
      const { user, started } = await signUp({ username, password, email }, device)
      const tokens = tokenResponse(started, transport)
      return { ...tokens, status: 201, json: { user: userBody(user), ...tokens.json } }
    },
  })
}

import { z } from 'zod'

import type { SignInWithPassword } from '../../login/password.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { openRoute } from '../route.ts'
import { tokenResponseSchema, transportSchema, type TokenResponse } from '../token-response.ts'
import { passwordSchema, usernameSchema } from './credentials.ts'

export function loginRoute(
  signIn: SignInWithPassword,
  tokenResponse: TokenResponse,
  refreshCookie: RefreshCookie,
) {
  return openRoute({
    method: 'POST',
    path: '/v1/login',
    cors: 'web_origins',
    summary: 'Sign in with a user name and a password',
    body: z.strictObject({
      username: usernameSchema,
      password: passwordSchema,
      transport: transportSchema.default('body'),
    }),
    answers: { 200: tokenResponseSchema },
    errors: ['invalid_credentials', 'origin_not_allowed', 'too_many_attempts', 'server_busy'],
    async handle({ body: { username, password, transport }, device, headers }) {
      if (transport === 'cookie') refreshCookie.checkOrigin(headers)
      const session = await signIn(username, password, device)
      return { status: 200, ...tokenResponse(session, transport) }
    },
  })
}

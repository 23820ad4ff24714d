import { z } from 'zod'

import type { ChangePassword } from '../../login/change-password.ts'
import { authenticatedRoute } from '../route.ts'
import { passwordSchema } from './credentials.ts'

export function passwordRoute(changePassword: ChangePassword) {
  return authenticatedRoute({
    method: 'POST',
    path: '/v1/password',
    cors: 'own_web_origins',
    summary: 'Change the password; all other sessions end',
    body: z.strictObject({ current_password: passwordSchema, new_password: passwordSchema }),
    answers: { 204: null },
    errors: ['wrong_password', 'password_refused', 'too_many_attempts', 'server_busy'],
    async handle({ body, device }, { userId, sessionId }) {
      const passwords = { current: body.current_password, next: body.new_password }
      const changer = { userId, sessionId, browserSessionId: null }
      await changePassword(changer, passwords, device.ipAddress)
      return { status: 204 }
    },
  })
}

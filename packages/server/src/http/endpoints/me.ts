import { z } from 'zod'

import type { UserStore } from '../../domain/ports.ts'
import type { User } from '../../domain/user.ts'
import { invalidToken } from '../authenticate.ts'
import { authenticatedRoute } from '../route.ts'

export const userSchema = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().optional(),
  created_at: z.int().meta({ description: 'Seconds since 1970.' }),
})

export function userBody(user: User): z.infer<typeof userSchema> {
  return {
    id: user.id,
    username: user.username,
    ...(user.email === null ? {} : { email: user.email }),
    created_at: user.createdAt,
  }
}

export function meRoute(users: UserStore) {
  return authenticatedRoute({
    method: 'GET',
    path: '/v1/me',
    cors: 'own_web_origins',
    summary: 'The user of the access token',
    body: null,
    answers: { 200: userSchema },
    errors: [],
    async handle(_request, { userId }) {
      const user = await users.find(userId)
      if (user === null) throw invalidToken('user_unknown')
      return { status: 200, json: userBody(user) }
    },
  })
}

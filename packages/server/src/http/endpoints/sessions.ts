import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import { isId, type SessionId } from '../../domain/ids.ts'
import type { SessionStore } from '../../domain/ports.ts'
import type { Session } from '../../domain/session.ts'
import type { Clock } from '../../domain/time.ts'
import type { EndSession } from '../../sessions/end.ts'
import { authenticatedRoute } from '../route.ts'

const instant = z.int().meta({ description: 'Seconds since 1970.' })

const sessionSchema = z.object({
  id: z.string(),
  current: z.boolean(),
  client_id: z.string(),
  device: z.string().nullable(),
  ip_address: z.string().nullable(),
  created_at: instant,
  last_used_at: instant,
  expires_at: instant,
})

export function listSessionsRoute(sessions: SessionStore, clock: Clock) {
  return authenticatedRoute({
    method: 'GET',
    path: '/v1/sessions',
    cors: 'own_web_origins',
    summary: "The user's open sessions, a device each: this one first, then by last use",
    body: null,
    answers: { 200: z.object({ sessions: z.array(sessionSchema) }) },
    errors: [],
    async handle(_request, { userId, sessionId }) {
      const byUse = await sessions.listOpenOfUser(userId, clock.seconds())
      const isCurrent = ({ id }: Session) => id === sessionId
      const open = [...byUse.filter(isCurrent), ...byUse.filter((one) => !isCurrent(one))]
      return {
        status: 200,
        json: {
          sessions: open.map((session) => ({
            id: session.id,
            current: isCurrent(session),
            client_id: session.clientId,
            device: session.deviceLabel,
            ip_address: session.ipAddress,
            created_at: session.createdAt,
            last_used_at: session.lastUsedAt,
            expires_at: session.idleExpiresAt,
          })),
        },
      }
    },
  })
}

export function endSessionRoute(sessions: SessionStore, endSession: EndSession) {
  return authenticatedRoute({
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    cors: 'own_web_origins',
    summary: "End one of the user's sessions",
    body: null,
    answers: { 204: null },
    errors: ['not_found'],
    async handle({ parameters: { id = '' } }, { userId }) {
      const session = isId(id) ? await sessions.find(id as SessionId) : null
      // Another user's session does not exist for this one.
      if (session?.userId !== userId) throw new MapaeError('not_found')
      await endSession(session.id, 'revoked_by_user')
      return { status: 204 }
    },
  })
}

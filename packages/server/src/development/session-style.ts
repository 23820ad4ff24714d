import { createHash } from 'node:crypto'

import { z } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import type { Random, SessionId } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import { readCookie } from '../http/cookie.ts'
import { openRoute, type Route } from '../http/route.ts'
import { incomingOf, ORDERS, type ExampleApi } from './example-api.ts'
import type { QueryCount } from './query-count.ts'

const COOKIE = 'demo_session'
const COOKIE_BYTES = 18
const MOST_COOKIES = 1000

/**
 * The other way to do it, to compare with: an opaque cookie, and at each call the session and its
 * user are read from the database.
 */
export function sessionStyleRoutes(
  { sessions, users }: Stores,
  api: ExampleApi,
  queryCount: QueryCount,
  random: Random,
): readonly Route[] {
  /** By the hash of the cookie, as a table of cookies would have them. */
  const sessionIds = new Map<string, SessionId>()
  const hashOf = (value: string) => createHash('sha256').update(value).digest('base64url')

  async function whoIsAsking(headers: Headers) {
    const sessionId = sessionIds.get(hashOf(readCookie(headers, COOKIE) ?? ''))
    if (sessionId === undefined) throw new MapaeError('authentication_required')
    const session = await sessions.find(sessionId)
    if (session === null || session.endedAt !== null) {
      throw new MapaeError('authentication_required')
    }
    const user = await users.find(session.userId)
    if (user === null || user.disabledAt !== null) throw new MapaeError('authentication_required')
    return user
  }

  return [
    openRoute({
      method: 'POST',
      path: '/demo/session-style',
      summary: 'A session cookie for the session of an access token',
      body: z.strictObject({}),
      answers: { 204: null },
      errors: ['authentication_required', 'origin_not_allowed'],
      async handle(request) {
        const { claims } = await api.check(incomingOf(request))
        if (claims === undefined) throw new MapaeError('authentication_required')
        const cookie = Buffer.from(random(COOKIE_BYTES)).toString('base64url')
        // A page that somebody leaves open must not fill the memory.
        if (sessionIds.size >= MOST_COOKIES) sessionIds.clear()
        sessionIds.set(hashOf(cookie), claims.sid as SessionId)
        return {
          status: 204,
          cookies: [`${COOKIE}=${cookie}; Path=/demo; HttpOnly; SameSite=Strict`],
        }
      },
    }),
    openRoute({
      method: 'GET',
      path: '/demo/api/orders-by-session',
      summary: 'The same API, session-style',
      body: null,
      answers: { 200: z.looseObject({}) },
      errors: ['authentication_required'],
      async handle({ headers }) {
        const { result, queries } = await queryCount.during(() => whoIsAsking(headers))
        return {
          status: 200,
          json: { orders: ORDERS, for: result.id },
          headers: { 'X-Demo-Queries': String(queries) },
        }
      },
    }),
  ]
}

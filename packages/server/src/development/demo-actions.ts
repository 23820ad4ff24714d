import { z } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import { isId, type SessionId } from '../domain/ids.ts'
import { openRoute, type Route } from '../http/route.ts'
import type { Mapae } from '../main.ts'
import type { Guest } from './guest.ts'

/** Enough for what a page did a moment ago. */
const NEWEST_EVENTS = 200

/** What the demo may do or see that nobody else can. */
export function demoActionRoutes(mapae: Mapae, guest: Guest): readonly Route[] {
  return [guestRoute(mapae, guest), rotateKeyRoute(mapae), sessionRoute(mapae, guest)]
}

/** Lets a page of this server sign in as the guest, over the same `/v1/login` as everybody. */
function guestRoute(mapae: Mapae, guest: Guest): Route {
  return openRoute({
    method: 'POST',
    path: '/demo/guest',
    summary: 'The user name and the password of the guest, until the next start',
    body: z.strictObject({}),
    answers: { 200: z.object({ username: z.string(), password: z.string() }) },
    errors: ['origin_not_allowed', 'username_taken'],
    handle: async () => ({ status: 200, json: { ...(await guest.credentials(mapae)) } }),
  })
}

/** As `mapae key rotate` does it. */
function rotateKeyRoute({ keyRotation, signingKeys }: Mapae): Route {
  return openRoute({
    method: 'POST',
    path: '/demo/rotate-key',
    summary: 'Publish the next signing key, unless one is waiting already',
    body: z.strictObject({}),
    answers: { 200: z.object({ kid: z.string(), signs_from: z.int(), is_new: z.boolean() }) },
    errors: ['origin_not_allowed'],
    async handle() {
      const { key, isNew } = await keyRotation.rotate('access_token')
      await signingKeys.follow()
      return {
        status: 200,
        json: { kid: key.kid, signs_from: key.signsFrom, is_new: isNew },
      }
    },
  })
}

/** What an operator sees of a session, for those of the guest. */
function sessionRoute({ stores }: Mapae, guest: Guest): Route {
  return openRoute({
    method: 'POST',
    path: '/demo/session',
    summary: 'The state and the events of a session of the guest',
    body: z.strictObject({ session_id: z.string().refine(isId) }),
    answers: { 200: z.looseObject({ live: z.int() }) },
    errors: ['origin_not_allowed', 'not_found'],
    async handle({ body: { session_id } }) {
      const session = await stores.sessions.find(session_id as SessionId)
      if (session === null || guest.accessTokenSecondsOf(session.userId) === null) {
        throw new MapaeError('not_found')
      }
      const newest = await stores.events.newest(NEWEST_EVENTS)
      const events = newest.filter(({ sessionId }) => sessionId === session.id)
      return {
        status: 200,
        json: {
          live: session.live,
          ended_reason: session.endedReason,
          events: events.map(({ name, at, details }) => ({ name, at, details })),
        },
      }
    },
  })
}

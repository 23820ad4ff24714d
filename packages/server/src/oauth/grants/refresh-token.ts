import { MapaeError } from '../../domain/errors.ts'
import type { RefreshSession } from '../../sessions/refresh.ts'
import { chooseAudiences } from '../audiences.ts'
import { lifetimesOf, type Lifetimes } from '../client-lifetimes.ts'
import { required, several, single, words } from '../parameters.ts'
import { grantForSession, wholeOf } from '../session-grant.ts'
import type { Subjects } from '../subjects.ts'
import type { Grant } from '../token-grant.ts'

/**
 * Exchanges a refresh token of the client by the rules of rotation. It may ask for less than its
 * session has. Spec: RFC 6749 section 6, RFC 8707 section 2.2.
 */
export function refreshTokenGrant(
  refreshSession: RefreshSession,
  subjects: Subjects,
  lifetimes: Lifetimes,
): Grant {
  return {
    type: 'refresh_token',
    async grant(request) {
      const { client, parameters, device, idempotencyKey, dpopKeyThumbprint } = request
      const inBody = single(parameters, 'refresh_token')
      const session = await refreshSession({
        refreshToken:
          inBody ?? request.readRefreshCookie() ?? required(parameters, 'refresh_token'),
        idempotencyKey,
        dpopKeyThumbprint,
        ipAddress: device.ipAddress,
        client: { id: client.id, idleSeconds: lifetimesOf(client, lifetimes).refreshIdleSeconds },
      })
      const whole = wholeOf(session)
      const asked = single(parameters, 'scope')
      const scopes = asked === null ? whole.scopes : words(asked)
      if (!scopes.every((scope) => whole.scopes.includes(scope))) {
        throw new MapaeError('invalid_scope')
      }
      const resources = several(parameters, 'resource')
      const audiences = chooseAudiences(resources, whole.audiences, whole.audiences)
      return grantForSession(session, client, subjects, { ...whole, scopes, audiences })
    },
  }
}

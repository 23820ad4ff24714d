import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Session } from '../../domain/session.ts'
import type { RefreshSession } from '../../sessions/refresh.ts'
import { chooseAudiences } from '../audiences.ts'
import { lifetimesOf, type Lifetimes } from '../client-lifetimes.ts'
import { required, several, single, words } from '../parameters.ts'
import type { Reach } from '../reach.ts'
import { grantForSession, wholeOf, type Narrowed } from '../session-grant.ts'
import type { Subjects } from '../subjects.ts'
import type { Grant } from '../token-grant.ts'

/** What of its session a client asks for. */
interface Wish {
  /** Null: all that it has. */
  readonly scope: string | null
  readonly resources: readonly string[]
}

/**
 * Exchanges a refresh token of the client by the rules of rotation. It may ask for less than its
 * session has. Spec: RFC 6749 section 6, RFC 8707 section 2.2.
 */
export function refreshTokenGrant(
  refreshSession: RefreshSession,
  subjects: Subjects,
  lifetimes: Lifetimes,
  reach: Reach,
): Grant {
  /** Errors: `invalid_scope`, `invalid_target`. */
  function narrowed(session: Session, client: Client, { scope, resources }: Wish): Narrowed {
    const whole = reach.stillAllowed(client, wholeOf(session))
    const scopes = scope === null ? whole.scopes : words(scope)
    if (!scopes.every((one) => whole.scopes.includes(one))) throw new MapaeError('invalid_scope')
    const audiences = chooseAudiences(resources, whole.audiences, whole.audiences)
    return { ...whole, scopes, audiences }
  }

  return {
    type: 'refresh_token',
    async grant(request) {
      const { client, parameters, device, idempotencyKey, dpopKeyThumbprint } = request
      const inBody = single(parameters, 'refresh_token')
      const wish = {
        scope: single(parameters, 'scope'),
        resources: several(parameters, 'resource'),
      }
      const isWhole = wish.scope === null && wish.resources.length === 0
      const session = await refreshSession({
        refreshToken:
          inBody ?? request.readRefreshCookie() ?? required(parameters, 'refresh_token'),
        idempotencyKey,
        dpopKeyThumbprint,
        ipAddress: device.ipAddress,
        client: { id: client.id, idleSeconds: lifetimesOf(client, lifetimes).refreshIdleSeconds },
        ...(isWhole ? {} : { checkWish: (found: Session) => void narrowed(found, client, wish) }),
      })
      return grantForSession(session, client, subjects, narrowed(session, client, wish))
    },
  }
}

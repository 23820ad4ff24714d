import { isId, type SessionId } from '../domain/ids.ts'
import type { SessionEndReason } from '../domain/session.ts'
import type { Signal } from '../domain/signal.ts'
import type { UnixSeconds } from '../domain/time.ts'

/** Spec: OpenID Continuous Access Evaluation Profile 1.0, section 3.1. */
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

/** Whose will it was. Spec: CAEP section 2, `initiating_entity`. */
const initiators: Partial<Record<SessionEndReason, 'user' | 'admin' | 'policy'>> = {
  logout: 'user',
  logout_everywhere: 'user',
  revoked_by_user: 'user',
  password_changed: 'user',
  revoked_by_operator: 'admin',
  user_disabled: 'admin',
  refresh_token_reuse: 'policy',
}

interface SignalContext {
  readonly issuer: string
  readonly receiver: string
  /** The user as the tokens of the session name them; null when that is not known any more. */
  readonly subject: string | null
  readonly now: UnixSeconds
}

/** The claims of a signal as a security event token. Spec: RFC 8417 section 2.2, RFC 9493. */
export type SecurityEventClaims = {
  readonly iss: string
  readonly iat: UnixSeconds
  readonly jti: string
  readonly aud: string
  readonly sub_id: object
  readonly events: Readonly<Record<string, object>>
}

export function securityEventClaims(
  { sessionId, at, reason }: Signal,
  { issuer, receiver, subject, now }: SignalContext,
): SecurityEventClaims {
  return {
    iss: issuer,
    iat: now,
    jti: signalName(sessionId),
    aud: receiver,
    sub_id: {
      format: 'complex',
      session: { format: 'opaque', id: sessionId },
      ...(subject === null ? {} : { user: { format: 'iss_sub', iss: issuer, sub: subject } }),
    },
    events: {
      [SESSION_REVOKED]: {
        event_timestamp: at,
        initiating_entity: initiators[reason] ?? 'system',
        reason_admin: { en: reason },
      },
    },
  }
}

/** A session ends once, so the name of its end can be made of its own. */
export function signalName(sessionId: SessionId): string {
  return `end.${sessionId}`
}

/** The session that a `jti` names; null when it is none of ours. */
export function sessionOfSignal(jti: string): SessionId | null {
  const id = /^end\.(.+)$/.exec(jti)?.[1]
  return id !== undefined && isId(id) ? (id as SessionId) : null
}

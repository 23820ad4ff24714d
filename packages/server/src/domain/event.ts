import type { SessionId, UserId } from './ids.ts'
import type { UnixSeconds } from './time.ts'

/** Every security event, and when it is written. Each is stored with the change it tells of. */
export const eventCatalogue = {
  'user.created': 'An account was made.',
  'user.disabled': 'An account was disabled; all its sessions ended.',
  'user.enabled': 'A disabled account was enabled again; its user may sign in.',
  'user.password_changed': 'A password was changed by its user or reset by an operator.',
  'login.succeeded': 'Somebody proved who they are.',
  'login.failed': 'A user name and password did not match.',
  'login.throttled': 'A sign-in was refused because there were too many.',
  'browser_session.started': 'Somebody is signed in to the hosted pages in a browser.',
  'browser_session.ended': 'A browser is not signed in any more; the reason says why.',
  'session.started': 'A session began; its first refresh token was handed out.',
  'session.revoked': 'A session ended before its time; the reason says why.',
  'token.refreshed': 'A refresh token was exchanged for the next one.',
  'token.reuse_detected': 'An old refresh token was presented: somebody has a copy.',
  'token.wrong_key': 'A refresh token came with a proof of another key: somebody has a copy.',
  'client.created': 'An application was made known.',
  'client.changed': 'What is known of an application was changed.',
  'client.secret_rotated': 'An application got a further secret.',
  'client.deleted': 'An application was deleted; it gets no tokens any more.',
  'client.logout_not_told':
    'An application did not answer when it was told of a session that ended.',
  'consent.granted': 'A user let an application have what it asked for.',
  'consent.withdrawn': 'A user or an operator took a consent back; its sessions ended.',
  'code.reuse_detected': 'An authorization code came a second time; its session ended.',
  'key.published': 'A signing key was made; it signs from the instant that is told.',
  'key.retired': 'A signing key verifies nothing any more; its secret was deleted.',
  'key.withdrawn': 'A signing key was withdrawn at once; what it signed is refused.',
} as const

export type EventName = keyof typeof eventCatalogue

/** An event on its way into storage, which numbers it. */
export interface NewSecurityEvent {
  readonly name: EventName
  readonly at: UnixSeconds
  readonly userId: UserId | null
  readonly sessionId: SessionId | null
  readonly ipAddress: string | null
  /** Never a password, token, cookie or key. */
  readonly details: Readonly<Record<string, string | number | boolean>>
}

export interface SecurityEvent extends NewSecurityEvent {
  /** Grows in the order in which events were stored. */
  readonly sequence: number
}

import type { UnixSeconds } from './time.ts'

/**
 * What may be revoked. `session`: its tokens are refused. `user` and `client`: tokens issued to
 * them until then are. `key`: what it signed is.
 */
export type RevocationKind = 'session' | 'user' | 'client' | 'key'

/** Something that access tokens rest on is gone, while some of them may be alive. */
export interface Revocation {
  readonly kind: RevocationKind
  /** The identifier of the session, user, client or key. */
  readonly subject: string
  /** When it was revoked, by the clock of the node that did it. */
  readonly at: UnixSeconds
}

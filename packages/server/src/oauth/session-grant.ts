import type { Client } from '../domain/client.ts'
import type { Session } from '../domain/session.ts'
import { audiencesOf } from './audiences.ts'
import { words } from './parameters.ts'
import type { Subjects } from './subjects.ts'
import type { AccessGrant, Granted, IdTokenGrant } from './token-grant.ts'

/** What one exchange leaves out of what its session has. */
export interface Narrowed {
  readonly audiences: readonly string[]
  readonly scopes: readonly string[]
  readonly nonce: string | null
  readonly code: string | null
}

/** The tokens that a client gets for a session of its own, all of it or a part. */
export function grantForSession(
  session: Session,
  client: Client,
  subjects: Subjects,
  narrowed: Narrowed,
): Granted {
  const subject = subjects.subjectFor(client, session.userId)
  const { authTime, acr, amr, dpopKeyThumbprint, certificateThumbprint } = session
  const access: AccessGrant = {
    subject,
    audiences: narrowed.audiences,
    scopes: narrowed.scopes,
    sessionId: session.id,
    until: session.absoluteExpiresAt,
    authTime,
    acr,
    dpopKeyThumbprint,
    certificateThumbprint,
    actor: null,
  }
  const idToken: IdTokenGrant = {
    userId: session.userId,
    subject,
    sessionId: session.id,
    nonce: narrowed.nonce,
    authTime,
    acr,
    amr,
    requestedClaims: session.requestedClaims,
    code: narrowed.code,
  }
  return {
    access,
    refresh: client.grants.includes('refresh_token') ? session : null,
    idToken: narrowed.scopes.includes('openid') ? idToken : null,
  }
}

/** The whole of what a session has. */
export function wholeOf(session: Session): Narrowed {
  const scopes = words(session.scope)
  return { audiences: audiencesOf(session.audience), scopes, nonce: null, code: null }
}

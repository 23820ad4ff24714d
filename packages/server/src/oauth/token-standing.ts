import type { UserId } from '../domain/ids.ts'
import type { UserStore } from '../domain/ports.ts'
import { FIRST_PARTY_CLIENT_ID } from '../domain/session.ts'
import type { ClientRegistry } from './client-registry.ts'

/** What a verified access token says of those whom it concerns. */
type Parties = Readonly<Record<'client_id' | 'sub' | 'sid' | 'iat', unknown>>

export interface HasStanding {
  /**
   * Whether those whom an access token concerns are still there: the client that got it, and the
   * user of a token that has no session, ever since it was issued. A session is the caller's to
   * look at.
   */
  (parties: Parties): Promise<boolean>
}

export function createHasStanding(clients: ClientRegistry, users: UserStore): HasStanding {
  return async ({ client_id: clientId, sub, sid, iat }) => {
    const isApplication = clientId !== FIRST_PARTY_CLIENT_ID
    if (isApplication && (await clients.resolve(String(clientId))) === null) return false
    if (sid !== undefined || sub === clientId) return true
    // Null for a client that another one speaks for.
    const user = await users.find(String(sub) as UserId)
    if (user === null) return true
    return user.disabledAt === null && Number(iat) > (user.previouslyDisabledAt ?? 0)
  }
}

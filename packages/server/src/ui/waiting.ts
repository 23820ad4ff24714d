import type { StoredAuthorizationRequest } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import { requestUriOf, type WaitingRequests } from '../oauth/authorize/waiting-requests.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'

/** An authorization request that waits for the person at the browser, and who made it. */
export interface Waiting extends StoredAuthorizationRequest {
  readonly client: Client
  /** Back to where the next step is decided. */
  readonly location: string
}

export interface FindWaiting {
  /** `clientId` only says to whom the user goes back. Errors: `request_expired`. */
  (id: string, clientId: string | undefined): Promise<Waiting>
}

export function createFindWaiting(
  waitingRequests: Pick<WaitingRequests, 'find'>,
  clients: Pick<ClientRegistry, 'resolve'>,
): FindWaiting {
  return async (id, clientId) => {
    const stored = await waitingRequests.find(id)
    const client = stored === null ? null : await clients.resolve(stored.request.clientId)
    if (stored === null || client === null) {
      throw new MapaeError('request_expired', clientId === undefined ? {} : { clientId })
    }
    const query = new URLSearchParams({ client_id: client.id, request_uri: requestUriOf(id) })
    return { ...stored, client, location: `/oauth/authorize?${query.toString()}` }
  }
}

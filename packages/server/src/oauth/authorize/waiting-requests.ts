import { createHash } from 'node:crypto'

import type {
  AuthorizationRequest,
  AuthorizationRequestStore,
  StoredAuthorizationRequest,
} from '../../domain/authorization-request.ts'
import type { Random } from '../../domain/ids.ts'
import { after, type Clock, type Seconds } from '../../domain/time.ts'
import type { UnansweredLimit } from '../unanswered-limit.ts'

/**
 * A person needs time to sign in and to read what a client asks for; the name of a pushed request
 * has to live for less than ten minutes. Spec: FAPI 2.0 section 5.3.2.2.
 */
export const WAITING_REQUEST_SECONDS = 590 as Seconds
const ID_BYTES = 32
const ID = /^[A-Za-z0-9_-]{43}$/
/** Spec: RFC 9126 section 2.2. */
const REQUEST_URI = 'urn:ietf:params:oauth:request_uri:'

/** Authorization requests that were put aside under a name that nobody guesses. */
export interface WaitingRequests {
  /**
   * Puts a checked request aside; returns its identifier, of which only a hash is stored.
   * Errors: `too_many_attempts` when the address that is charged left too many.
   */
  keep(request: AuthorizationRequest, chargedAddress: string | null): Promise<string>
  /** Null when it is unknown, expired or was answered. */
  find(id: string): Promise<StoredAuthorizationRequest | null>
  /** Somebody signed in for this request, at the browser of that session. */
  noteSignIn(id: string, browserSessionId: string): Promise<void>
  /** Whoever is signed in there chose to go on as who they are. It proves nothing. */
  noteChoice(id: string, browserSessionId: string): Promise<void>
  /** The user said no: the client is told when the browser comes back. */
  deny(id: string): Promise<boolean>
}

export function createWaitingRequests(
  store: AuthorizationRequestStore,
  limit: UnansweredLimit,
  clock: Clock,
  random: Random,
): WaitingRequests {
  return {
    async keep(request, chargedAddress) {
      limit.charge(chargedAddress, request)
      const id = Buffer.from(random(ID_BYTES)).toString('base64url')
      const createdAt = clock.seconds()
      const expiresAt = after(createdAt, WAITING_REQUEST_SECONDS)
      await store.insert({
        idHash: hashOf(id),
        request,
        createdAt,
        expiresAt,
        deniedAt: null,
        browserSessionId: null,
        chosenSessionId: null,
        approvedBy: null,
      })
      return id
    },
    find: async (id) => (ID.test(id) ? store.find(hashOf(id), clock.seconds()) : null),
    async noteSignIn(id, browserSessionId) {
      if (ID.test(id)) await store.noteSignIn(hashOf(id), browserSessionId, clock.seconds())
    },
    async noteChoice(id, browserSessionId) {
      if (ID.test(id)) await store.noteChoice(hashOf(id), browserSessionId, clock.seconds())
    },
    deny: async (id) => ID.test(id) && store.deny(hashOf(id), clock.seconds()),
  }
}

/** How the browser comes back to a request, and how a client names one that it pushed. */
export function requestUriOf(id: string): string {
  return REQUEST_URI + id
}

/** Null when it names no request of this kind. */
export function idOfRequestUri(requestUri: string): string | null {
  return requestUri.startsWith(REQUEST_URI) ? requestUri.slice(REQUEST_URI.length) : null
}

/** Without a salt: 256 random bits are not guessed. */
function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

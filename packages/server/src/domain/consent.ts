import type { NewSecurityEvent } from './event.ts'
import type { UserId } from './ids.ts'
import type { Revocation } from './revocation.ts'
import type { UnixSeconds } from './time.ts'

/** What a user lets a client have, from now on without being asked. */
export interface Consent {
  readonly userId: UserId
  readonly clientId: string
  /** A scope is granted at one resource server: another may give the same word another meaning. */
  readonly grants: readonly ConsentedScopes[]
  /** Names of single claims that were granted besides those of the scopes. */
  readonly claims: readonly string[]
  /** Where the browser went then. */
  readonly redirectUri: string
  readonly grantedAt: UnixSeconds
}

/** As it is stored, to be replaced by nobody who saw another one. */
export interface StoredConsent extends Consent {
  /** Another one for whatever else is granted. */
  readonly revision: string
}

export interface ConsentedScopes {
  readonly resource: string
  readonly scopes: readonly string[]
}

export interface ConsentStore {
  find(userId: UserId, clientId: string): Promise<StoredConsent | null>
  /**
   * In place of what the user granted to the client before, which must still be that; the request
   * that asked for it is approved by that user with it. `over`, and nothing is stored, when the
   * request is not there any more, was denied, or is another client's; `raced` when something else
   * was granted or withdrawn since: decide again.
   */
  grant(
    consent: Consent,
    inPlaceOf: StoredConsent | null,
    requestIdHash: string,
    event: NewSecurityEvent,
  ): Promise<'granted' | 'over' | 'raced'>
  /** In the order of the clients' identifiers. */
  listOfUser(userId: UserId): Promise<Consent[]>
  /**
   * Ends the sessions of the client too, and takes back what it has not exchanged yet: codes, and
   * what was allowed to devices. Null when there was no consent.
   */
  withdraw(userId: UserId, clientId: string, event: NewSecurityEvent): Promise<Revocation[] | null>
}

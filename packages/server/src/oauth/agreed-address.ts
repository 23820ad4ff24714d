import type { ConsentStore } from '../domain/consent.ts'
import type { UserId } from '../domain/ids.ts'
import { isOperatorsClient } from './registration/who-registered.ts'

export interface IsAgreedAddress {
  /**
   * Whether a browser may be taken to an address of a client without a word. To one that a stranger
   * named itself only with a user who allowed that client to have them there: else a link to this
   * server would be a link to anywhere. Spec: RFC 9700 section 4.11.2.
   */
  (clientId: string, userId: UserId | null, address: string): Promise<boolean>
}

export function createIsAgreedAddress(consents: Pick<ConsentStore, 'find'>): IsAgreedAddress {
  return async (clientId, userId, address) => {
    if (isOperatorsClient(clientId)) return true
    const consent = userId === null ? null : await consents.find(userId, clientId)
    return consent !== null && siteOf(consent.redirectUri) === siteOf(address)
  }
}

/** Of an app's own scheme there is no origin. */
function siteOf(address: string): string {
  const { protocol, host } = new URL(address)
  return `${protocol}//${host}`
}

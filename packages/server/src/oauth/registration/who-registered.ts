import { isDocumentAddress } from './document-address.ts'

/** What the names of clients that register themselves begin with. */
export const REGISTERED_ID_PREFIX = 'dyn_'

/** Whether an operator made the client known. All others did so themselves, as anybody can. */
export function isOperatorsClient(clientId: string): boolean {
  return !clientId.startsWith(REGISTERED_ID_PREFIX) && !isDocumentAddress(clientId)
}

import { REGISTERED_ID_PREFIX } from '../../domain/client.ts'
import { isDocumentAddress } from './document-address.ts'

/** Whether an operator made the client known. All others did so themselves, as anybody can. */
export function isOperatorsClient(clientId: string): boolean {
  return !clientId.startsWith(REGISTERED_ID_PREFIX) && !isDocumentAddress(clientId)
}

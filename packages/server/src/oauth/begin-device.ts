import type { AuthenticateClient, ClientRequest } from './client-authentication.ts'
import type { BegunDevice, DeviceFlow } from './device-flow.ts'
import { several, single } from './parameters.ts'
import type { Reach } from './reach.ts'
import { checkGrant } from './token-grant.ts'
import { chargedAddress } from './unanswered-limit.ts'

export interface BeginDevice {
  /**
   * Gives a device the code that it shows and the one that it asks with.
   * Errors: those of client authentication, `unauthorized_client`, `invalid_scope`,
   * `invalid_target`, `too_many_attempts` when its address left too many. Spec: RFC 8628 section 3.1.
   */
  (request: ClientRequest): Promise<BegunDevice>
}

export function createBeginDevice(
  authenticateClient: AuthenticateClient,
  deviceFlow: DeviceFlow,
  reach: Reach,
): BeginDevice {
  return async (request) => {
    const client = await authenticateClient(request)
    checkGrant(client, 'urn:ietf:params:oauth:grant-type:device_code')
    const audiences = reach.chooseAudiences(client, several(request.parameters, 'resource'))
    const scopes = reach.chooseScopes(client, audiences, single(request.parameters, 'scope'))
    return deviceFlow.begin(client, scopes, audiences, chargedAddress(client, request.ipAddress))
  }
}

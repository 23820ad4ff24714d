import type { ClientRequest } from '../oauth/client-authentication.ts'
import type { Parameters } from '../oauth/parameters.ts'
import type { RouteRequest } from './route.ts'

/** What a client proves itself with, wherever it calls. */
export function clientRequestOf(request: RouteRequest<Parameters>): ClientRequest {
  const { headers, body, device, certificate } = request
  return { headers, parameters: body, ipAddress: device.ipAddress, certificate: certificate() }
}

import type { Seconds } from '../../domain/time.ts'
import type { AuthenticateClient, ClientRequest } from '../client-authentication.ts'
import { MapaeError } from '../../domain/errors.ts'
import { required, single } from '../parameters.ts'
import { chargedAddress } from '../unanswered-limit.ts'
import { readAuthorizationRequest, readReturnPath, type RequestReading } from './read-request.ts'
import type { ReadRequestObject } from './request-object.ts'
import { requestUriOf, WAITING_REQUEST_SECONDS, type WaitingRequests } from './waiting-requests.ts'

export interface PushedRequest {
  readonly requestUri: string
  readonly expiresInSeconds: Seconds
}

export interface PushRequest {
  /**
   * Takes an authorization request from the client itself, checked as if it had come through the
   * browser, and gives it a name that the browser carries instead. A proof that comes along binds
   * the code to its key, and `redirect_uri` is always in it. Errors: those of client authentication,
   * `AuthorizationError`, and `too_many_attempts` when its address left too many.
   * Spec: RFC 9126 sections 2 and 2.3, RFC 9449 section 10.1, FAPI 2.0 section 5.3.2.2.
   */
  (request: ClientRequest & { readonly dpopKeyThumbprint: string | null }): Promise<PushedRequest>
}

export function createPushRequest(
  authenticateClient: AuthenticateClient,
  readRequestObject: ReadRequestObject,
  waitingRequests: WaitingRequests,
  reading: RequestReading,
): PushRequest {
  return async (pushed) => {
    const client = await authenticateClient(pushed)
    if (single(pushed.parameters, 'request_uri') !== null) {
      throw new MapaeError('invalid_request', { detail: 'Push the request, not its address.' })
    }
    const parameters = await readRequestObject(pushed.parameters, client)
    required(parameters, 'redirect_uri')
    const path = readReturnPath(parameters, client)
    const request = readAuthorizationRequest(parameters, client, path, reading)
    const { dpopKeyThumbprint } = request
    if (
      dpopKeyThumbprint !== null &&
      pushed.dpopKeyThumbprint !== null &&
      dpopKeyThumbprint !== pushed.dpopKeyThumbprint
    ) {
      throw new MapaeError('invalid_request', { detail: 'dpop_jkt is not the key of the proof.' })
    }
    const bound = dpopKeyThumbprint ?? pushed.dpopKeyThumbprint
    const id = await waitingRequests.keep(
      { ...request, dpopKeyThumbprint: bound },
      chargedAddress(client, pushed.ipAddress),
    )
    return { requestUri: requestUriOf(id), expiresInSeconds: WAITING_REQUEST_SECONDS }
  }
}

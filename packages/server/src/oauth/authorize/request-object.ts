import type { Client } from '../../domain/client.ts'
import type { ClientJwts } from '../../tokens/client-jwt.ts'
import { single, type Parameters } from '../parameters.ts'
import { AuthorizationError } from './authorization-error.ts'
import { readReturnPath } from './read-request.ts'

/** What a JWT says of itself, and is no parameter of the request. */
const CLAIMS_OF_EVERY_JWT: ReadonlySet<string> = new Set([
  'iss',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'sub',
])

export interface ReadRequestObject {
  /**
   * The parameters of an authorization request: those that the client signed, when it did, and then
   * no others. Errors: `AuthorizationError` when the signature or what it covers is not good, and
   * when the client has to sign and did not. Spec: RFC 9101 sections 5, 6 and 10.
   */
  (parameters: Parameters, client: Client): Promise<Parameters>
}

export function createReadRequestObject(issuer: string, clientJwts: ClientJwts): ReadRequestObject {
  return async (parameters, client) => {
    const request = single(parameters, 'request')
    if (request === null) {
      if (!client.requiresSignedRequests) return parameters
      const detail = 'This client has to sign its requests.'
      throw new AuthorizationError('invalid_request', readReturnPath(parameters, client), detail)
    }
    const claims = await clientJwts.verify(request, client, {
      issuer: client.id,
      audiences: [issuer],
      typ: 'oauth-authz-req+jwt',
      algorithm: client.requestObjectAlgorithm,
      requiredClaims: ['client_id'],
    })
    if (claims === null || !isRequest(claims, client)) {
      const path = readReturnPath(parameters, client)
      throw new AuthorizationError('invalid_request_object', path)
    }
    return parametersOf(claims)
  }
}

/** An assertion of the client is signed with the same key: it is about the client, and no request. */
function isRequest(claims: Readonly<Record<string, unknown>>, client: Client): boolean {
  return (
    claims['client_id'] === client.id &&
    claims['sub'] !== client.id &&
    claims['request'] === undefined &&
    claims['request_uri'] === undefined
  )
}

/** As they would have come in a query; objects such as `claims` as JSON. */
function parametersOf(claims: Readonly<Record<string, unknown>>): Parameters {
  return Object.fromEntries(
    Object.entries(claims)
      .filter(([name, value]) => !CLAIMS_OF_EVERY_JWT.has(name) && value !== null && value !== '')
      .map(([name, value]) => [name, parameterOf(value)]),
  )
}

function parameterOf(value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value
  const isListOfTexts = Array.isArray(value) && value.every((one) => typeof one === 'string')
  return isListOfTexts ? value : JSON.stringify(value)
}

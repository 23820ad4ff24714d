import type { AuthorizationRequest } from '../../domain/authorization-request.ts'

/**
 * Every error that an application is told of through the browser. The description is constant and
 * public. Spec: RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6, RFC 8707 section 2,
 * RFC 9101 section 7, OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
 */
export const authorizationErrorTable = {
  invalid_request: 'The request is not valid.',
  unauthorized_client: 'This client may not sign users in.',
  access_denied: 'The user said no.',
  unsupported_response_type: 'Only response_type=code is supported.',
  invalid_scope: 'The client may have none of these scopes.',
  invalid_target: 'The client may not have tokens for this resource.',
  login_required: 'The user has to sign in.',
  unmet_authentication_requirements: 'Nobody signs in here in the way that is asked for.',
  consent_required: 'The user has to be asked.',
  request_uri_not_supported: 'Only pushed requests are supported.',
  registration_not_supported: 'Register the client first; no request does it.',
  invalid_request_object: 'The request object is not valid.',
} as const satisfies Record<string, string>

export type AuthorizationErrorCode = keyof typeof authorizationErrorTable

/** Where an answer goes. */
export type ReturnPath = Pick<AuthorizationRequest, 'redirectUri' | 'responseMode' | 'state'>

/** An error that is the application's to know: its redirect URI was checked. */
export class AuthorizationError extends Error {
  readonly code: AuthorizationErrorCode
  /** One public sentence that says more than the table. Never holds what came in. */
  readonly detail: string | null
  readonly returnPath: ReturnPath

  constructor(code: AuthorizationErrorCode, returnPath: ReturnPath, detail: string | null = null) {
    super(detail ?? authorizationErrorTable[code])
    this.name = 'AuthorizationError'
    this.code = code
    this.detail = detail
    this.returnPath = returnPath
  }
}

/** What the application is told. Spec: RFC 6749 section 4.1.2.1, RFC 9207 section 2. */
export function parametersOfError(
  { code, detail, returnPath: { state } }: AuthorizationError,
  issuer: string,
): Readonly<Record<string, string>> {
  return {
    error: code,
    error_description: detail ?? authorizationErrorTable[code],
    ...(state === null ? {} : { state }),
    iss: issuer,
  }
}

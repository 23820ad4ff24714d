/**
 * Every error this server answers with. `title` is constant and public; `code` never changes its
 * meaning. HTTP status codes follow RFC 9110, token errors RFC 6749 section 5.2 and RFC 6750
 * section 3.1.
 */
export const errorTable = {
  invalid_request: { status: 400, title: 'The request is not valid.' },
  invalid_json: { status: 400, title: 'The body is not strict JSON.' },
  invalid_grant: {
    status: 400,
    title: 'The refresh token is not valid any more. Sign in again.',
  },
  unauthorized_client: { status: 400, title: 'This client may not do that.' },
  unsupported_token_type: { status: 400, title: 'A token like this cannot be revoked.' },
  unsupported_grant_type: { status: 400, title: 'There is no such grant here.' },
  invalid_scope: { status: 400, title: 'The client may not have this scope.' },
  invalid_target: { status: 400, title: 'The client may not have tokens for this resource.' },
  token_too_large: {
    status: 400,
    title: 'The access token would be too large. Ask for fewer scopes or resources.',
  },
  authorization_pending: { status: 400, title: 'The user has not answered yet.' },
  slow_down: { status: 400, title: 'Wait longer between two questions.' },
  access_denied: { status: 400, title: 'The user said no.' },
  expired_token: { status: 400, title: 'The device code expired. Begin again.' },
  invalid_client: { status: 401, title: 'The client did not prove who it is.' },
  authentication_required: { status: 401, title: 'Send an access token to use this.' },
  invalid_token: { status: 401, title: 'The access token is not valid.' },
  invalid_dpop_proof: { status: 401, title: 'The DPoP proof is missing or not valid.' },
  use_dpop_nonce: { status: 401, title: 'Make a DPoP proof with the nonce in DPoP-Nonce.' },
  invalid_credentials: { status: 401, title: 'The user name or the password is wrong.' },
  insufficient_scope: { status: 403, title: 'The access token does not cover this.' },
  form_refused: {
    status: 403,
    title: 'This form was not one of ours, or it was open for too long.',
  },
  origin_not_allowed: { status: 403, title: 'This cookie call came from another origin.' },
  signup_closed: { status: 403, title: 'New accounts are not open here.' },
  wrong_password: { status: 403, title: 'The current password is wrong.' },
  not_found: { status: 404, title: 'There is nothing at this address.' },
  user_code_unknown: { status: 404, title: 'No device waits under this code.' },
  method_not_allowed: { status: 405, title: 'This address does not know this method.' },
  username_taken: { status: 409, title: 'This user name is taken.' },
  request_expired: {
    status: 410,
    title: 'The request expired or was answered. Go back to the application and start again.',
  },
  body_too_large: { status: 413, title: 'The body is too large.' },
  unsupported_media_type: { status: 415, title: 'This media type is not read here.' },
  client_taken: { status: 409, title: 'There is or was a client of this name.' },
  client_refused: { status: 422, title: 'A client cannot be like that.' },
  username_refused: { status: 422, title: 'This user name cannot be used.' },
  form_incomplete: { status: 422, title: 'A field of the form is empty.' },
  password_refused: { status: 422, title: 'This password cannot be used.' },
  too_many_attempts: { status: 429, title: 'Too many attempts. Wait and try again.' },
  internal_error: { status: 500, title: 'Something went wrong here.' },
  server_stopping: { status: 503, title: 'The server is stopping. Use another one.' },
  server_busy: { status: 503, title: 'The server is busy. Try again soon.' },
  storage_unavailable: { status: 503, title: 'The database does not answer. Try again soon.' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorTable

export interface ErrorDetails {
  /** One public sentence on this occurrence. Never holds a secret. */
  readonly detail?: string
  /** Further public members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>
  /** For 429 and 503. */
  readonly retryAfterSeconds?: number
  /** For 401: what the challenge says. Spec: RFC 6750 section 3, RFC 9449 section 7.1. */
  readonly challenge?: string
  /** For `use_dpop_nonce`: the nonce. Spec: RFC 9449 section 8. */
  readonly dpopNonce?: string
  /** For `request_expired`: the client whose user is lost here. */
  readonly clientId?: string
  /** For 405. */
  readonly allow?: string
  /** Private: logged, never sent. */
  readonly cause?: unknown
}

/** An error that has an answer in `errorTable`. */
export class MapaeError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(errorTable[code].title, { cause: details.cause })
    this.name = 'MapaeError'
    this.code = code
    this.details = details
  }
}

/** Settings or stored state that a person must change; `message` is one line that names the fix. */
export class ConfigurationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ConfigurationError'
  }
}

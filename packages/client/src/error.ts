/**
 * What went wrong. `code` is one of this package's own (`signed_out`, `unavailable`,
 * `api_not_listed`, `insecure_url`, `state_mismatch`) or the server's, such as
 * `invalid_credentials`.
 */
export class MapaeError extends Error {
  readonly code: string
  /** What the server said, where it said something. */
  readonly problem: Readonly<Record<string, unknown>>

  constructor(code: string, message = code, problem: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'MapaeError'
    this.code = code
    this.problem = problem
  }
}

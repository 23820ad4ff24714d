import type { ErrorCode, ErrorDetails, MapaeError } from '../domain/errors.ts'
import type { PasswordRefusal } from '../login/password-policy.ts'
import type { UsernameRefusal } from '../login/username.ts'
import type { Texts } from './texts/texts.ts'

type Wording = (texts: Texts, details: ErrorDetails) => string

const busy: Wording = ({ error }) => error.busy

/** Errors that people can do something about. */
const wordings: Partial<Record<ErrorCode, Wording>> = {
  invalid_credentials: ({ error }) => error.invalidCredentials,
  wrong_password: ({ error }) => error.wrongPassword,
  username_taken: ({ error }) => error.usernameTaken,
  username_refused: ({ usernameRefusals }, { members }) =>
    usernameRefusals[members?.['reason'] as UsernameRefusal],
  password_refused: ({ passwordRefusals }, { members }) =>
    passwordRefusals[members?.['reason'] as PasswordRefusal],
  too_many_attempts: ({ error }, { retryAfterSeconds }) =>
    error.tooManyAttempts(retryAfterSeconds ?? 1),
  server_busy: busy,
  server_stopping: busy,
  storage_unavailable: busy,
  signup_closed: ({ signUp }) => signUp.closed,
  request_expired: ({ error }) => error.requestExpired,
  user_code_unknown: ({ error }) => error.userCodeUnknown,
  form_incomplete: ({ error }) => error.incomplete,
  form_refused: ({ error }) => error.formRefused,
  not_found: ({ error }) => error.notFound,
  internal_error: ({ error }) => error.unexpected,
}

/** What a page says of an error: in the reader's words, and no more than the API tells. */
export function errorText({ code, details }: MapaeError, texts: Texts): string {
  return wordings[code]?.(texts, details) ?? texts.error.invalidRequest
}

import {
  authorizationErrorTable,
  type AuthorizationError,
  type ReturnPath,
} from '../oauth/authorize/authorization-error.ts'
import type { Answer } from './route.ts'

/** Sends the browser on; the next request is a GET whatever this one was. */
const SEE_OTHER = 303

/** A page that posts the parameters to the address. */
export interface FormPost {
  (redirectUri: string, parameters: Readonly<Record<string, string>>): Answer
}

/**
 * Takes an answer to the client through the browser.
 * Spec: OAuth 2.0 Multiple Response Types section 2.1, OAuth 2.0 Form Post Response Mode.
 */
export function authorizationResponse(
  { redirectUri, responseMode }: ReturnPath,
  parameters: Readonly<Record<string, string>>,
  formPost: FormPost,
): Answer {
  if (responseMode === 'form_post') return formPost(redirectUri, parameters)
  const encoded = new URLSearchParams(parameters).toString()
  if (responseMode === 'fragment') return redirect(`${redirectUri}#${encoded}`)
  return redirect(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${encoded}`)
}

/** Spec: RFC 6749 section 4.1.2.1, RFC 9207 section 2. */
export function authorizationErrorResponse(
  { code, detail, returnPath }: AuthorizationError,
  issuer: string,
  formPost: FormPost,
): Answer {
  const { state } = returnPath
  const parameters = {
    error: code,
    error_description: detail ?? authorizationErrorTable[code],
    ...(state === null ? {} : { state }),
    iss: issuer,
  }
  return authorizationResponse(returnPath, parameters, formPost)
}

export function redirect(location: string): Answer {
  return { status: SEE_OTHER, headers: { Location: location } }
}

import type { ReturnPath } from '../oauth/authorize/authorization-error.ts'
import type { Answer } from './route.ts'

/** Sends the browser on; the next request is a GET whatever this one was. */
const SEE_OTHER = 303

/** Pages that an answer goes through, in the reader's language. */
export interface AnswerPages {
  /** Posts the parameters to the address. */
  formPost(redirectUri: string, parameters: Readonly<Record<string, string>>): Answer
  /** Says where the answer leads, and leaves it to the person whether it goes there. */
  leave(returnPath: ReturnPath, parameters: Readonly<Record<string, string>>): Answer
}

/**
 * Takes an answer to the client through the browser.
 * Spec: OAuth 2.0 Multiple Response Types section 2.1, OAuth 2.0 Form Post Response Mode.
 */
export function authorizationResponse(
  returnPath: ReturnPath,
  parameters: Readonly<Record<string, string>>,
  { formPost }: Pick<AnswerPages, 'formPost'>,
): Answer {
  const { redirectUri, responseMode } = returnPath
  if (responseMode === 'form_post') return formPost(redirectUri, parameters)
  return redirect(addressOfAnswer(returnPath, parameters))
}

/** Where the answer is all in the address. */
export function addressOfAnswer(
  { redirectUri, responseMode }: ReturnPath,
  parameters: Readonly<Record<string, string>>,
): string {
  const encoded = new URLSearchParams(parameters).toString()
  if (responseMode === 'fragment') return `${redirectUri}#${encoded}`
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${encoded}`
}

export function redirect(location: string): Answer {
  return { status: SEE_OTHER, headers: { Location: location } }
}

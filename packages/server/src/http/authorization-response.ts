import { createHash } from 'node:crypto'

import {
  authorizationErrorTable,
  type AuthorizationError,
  type ReturnPath,
} from '../oauth/authorize/authorization-error.ts'
import type { Answer } from './route.ts'

/** Sends the browser on; the next request is a GET whatever this one was. */
const SEE_OTHER = 303

/**
 * Takes an answer to the client through the browser.
 * Spec: OAuth 2.0 Multiple Response Types section 2.1, OAuth 2.0 Form Post Response Mode.
 */
export function authorizationResponse(
  { redirectUri, responseMode }: ReturnPath,
  parameters: Readonly<Record<string, string>>,
): Answer {
  if (responseMode === 'form_post') return formPost(redirectUri, parameters)
  const encoded = new URLSearchParams(parameters).toString()
  if (responseMode === 'fragment') return redirect(`${redirectUri}#${encoded}`)
  return redirect(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${encoded}`)
}

/** Spec: RFC 6749 section 4.1.2.1, RFC 9207 section 2. */
export function authorizationErrorResponse(error: AuthorizationError, issuer: string): Answer {
  const { code, detail, returnPath } = error
  const { state } = returnPath
  return authorizationResponse(returnPath, {
    error: code,
    error_description: detail ?? authorizationErrorTable[code],
    ...(state === null ? {} : { state }),
    iss: issuer,
  })
}

export function redirect(location: string): Answer {
  return { status: SEE_OTHER, headers: { Location: location } }
}

const SUBMIT = 'document.forms[0].submit()'
const SUBMIT_HASH = createHash('sha256').update(SUBMIT).digest('base64')

/** Without JavaScript its reader presses the button. */
function formPost(redirectUri: string, parameters: Readonly<Record<string, string>>): Answer {
  const fields = Object.entries(parameters)
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join('')
  return {
    status: 200,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Continue</title><form method="post" action="${escape(redirectUri)}">${fields}<button>Continue</button></form><script>${SUBMIT}</script></html>`,
    headers: {
      'Content-Security-Policy': `default-src 'none'; script-src 'sha256-${SUBMIT_HASH}'; base-uri 'none'; frame-ancestors 'none'`,
    },
  }
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

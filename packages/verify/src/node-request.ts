import type { IncomingMessage, ServerResponse } from 'node:http'

import type { IncomingRequest } from './credentials.ts'
import type { RefusalAnswer } from './refusal.ts'

/** Read a request of Node's. `url` is the one that the client sent, where a framework changes it. */
export function readNodeRequest(
  request: IncomingMessage,
  url: string | undefined,
): IncomingRequest {
  const { method = '', rawHeaders } = request
  return {
    owner: request,
    method,
    url: url ?? '/',
    authorization: readHeader(rawHeaders, 'authorization'),
    dpop: readHeader(rawHeaders, 'dpop'),
  }
}

/** `request.headers` keeps the first of two `Authorization` headers and says nothing of the second. */
function readHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index]!
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1]!
    found = found === undefined ? value : `${found}, ${value}`
  }
  return found
}

export function sendNodeAnswer(response: ServerResponse, answer: RefusalAnswer): void {
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  response.end(answer.body)
}

import { parseJsonObject, type JsonObject } from '@mapae/jwt/strict-json'

import type { Fetch } from '../surroundings.ts'

/** A JSON document from elsewhere. */
export interface RemoteAnswer {
  readonly status: number
  readonly contentType: string
  /** Undefined unless the status is 200. */
  readonly document: JsonObject | undefined
}

export interface RemoteRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form; its presence makes this a POST. */
  readonly form?: Readonly<Record<string, string>>
  readonly timeoutMilliseconds: number
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

/** The document was longer than it may be. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
}

/**
 * Fetch a JSON object within limits of time and size, following no redirect: what is fetched here
 * decides who is trusted. Any failure but another status is an exception.
 */
export async function fetchJson(fetch: Fetch, request: RemoteRequest): Promise<RemoteAnswer> {
  const timeout = AbortSignal.timeout(request.timeoutMilliseconds)
  const response = await fetch(request.url, {
    method: request.form === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', ...request.headers },
    ...(request.form === undefined ? {} : { body: new URLSearchParams(request.form) }),
    redirect: 'manual',
    signal: request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]),
  })
  const { status } = response
  const contentType = response.headers.get('content-type') ?? ''
  if (status !== 200) {
    await response.body?.cancel()
    return { status, contentType, document: undefined }
  }
  return {
    status,
    contentType,
    document: parseJsonObject(await readBody(response, request.maxBytes)),
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  if (reader === undefined) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new TooLargeError('the document is too large')
    }
    chunks.push(value)
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

import { parseJsonObject, StrictJsonError } from '@mapae/jwt/strict-json'
import type { ZodType } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import { readParameters } from './parameters.ts'

export const BODY_LIMIT_BYTES = 64 * 1024
const MOST_DEPTH = 8
const JSON_MEDIA_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i
const FORM_MEDIA_TYPE = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*$/i

/**
 * Reads a body strictly: as much as allowed, as JSON without duplicate members, as the schema says.
 * An empty body counts as `{}`.
 * Errors: `body_too_large`, `unsupported_media_type`, `invalid_json`, `invalid_request`.
 */
export async function readJsonBody<Body>(request: Request, schema: ZodType<Body>): Promise<Body> {
  const bytes = await readBytes(request)
  if (bytes.length > 0 && !hasType(request.headers, JSON_MEDIA_TYPE)) {
    throw new MapaeError('unsupported_media_type', { detail: 'Send application/json.' })
  }
  return checked(schema, bytes.length === 0 ? {} : parse(bytes))
}

/**
 * Reads a form strictly, likewise. Errors: `body_too_large`, `unsupported_media_type`,
 * `invalid_request`. Spec: RFC 6749 appendix B.
 */
export async function readFormBody<Body>(request: Request, schema: ZodType<Body>): Promise<Body> {
  const bytes = await readBytes(request)
  if (bytes.length > 0 && !hasType(request.headers, FORM_MEDIA_TYPE)) {
    const detail = 'Send application/x-www-form-urlencoded.'
    throw new MapaeError('unsupported_media_type', { detail })
  }
  return checked(schema, readParameters(decodeUtf8(bytes)))
}

/** Reads the query of a URL. Errors: `invalid_request`. */
export function readQuery<Query>(url: string, schema: ZodType<Query>): Query {
  const start = url.indexOf('?')
  return checked(schema, start === -1 ? {} : readParameters(url.slice(start + 1)))
}

function checked<Value>(schema: ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }))
  throw new MapaeError('invalid_request', { members: { errors } })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new MapaeError('invalid_request', { detail: 'The body is not UTF-8.', cause })
  }
}

/** Nothing is decoded here, so what says that it is encoded is not what it seems. */
function hasType(headers: Headers, mediaType: RegExp): boolean {
  const coding = headers.get('content-encoding') ?? 'identity'
  return coding === 'identity' && mediaType.test(headers.get('content-type') ?? '')
}

function parse(bytes: Uint8Array): object {
  try {
    return parseJsonObject(bytes, { maxDepth: MOST_DEPTH })
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    throw new MapaeError('invalid_json', { members: { reason: error.code } })
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  try {
    return await readWithinLimit(request)
  } catch (error) {
    if (error instanceof MapaeError) throw error
    const detail = 'The body did not arrive whole.'
    throw new MapaeError('invalid_request', { detail, cause: error })
  }
}

async function readWithinLimit(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get('content-length')
  if (declared !== null) {
    if (Number(declared) > BODY_LIMIT_BYTES) throw new MapaeError('body_too_large')
    const bytes = new Uint8Array(await request.arrayBuffer())
    // An HTTP server has cut the body to this length; another host may only have passed it on.
    if (bytes.length > BODY_LIMIT_BYTES) throw new MapaeError('body_too_large')
    return bytes
  }
  const chunks: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> | null = request.body
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > BODY_LIMIT_BYTES) throw new MapaeError('body_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

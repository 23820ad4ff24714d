import { readFileSync } from 'node:fs'

import type { EventName } from '../../packages/server/src/domain/event.ts'
import type { TokenRecipe } from './token-recipes.ts'

/**
 * One line of `http.jsonl`: a request that must be refused, and how. In path, headers and body
 * `{access}`, `{refresh}` and `{token}` stand for tokens, and `{repeat 100 a}` for a hundred a.
 */
export interface HttpCase {
  readonly name: string
  readonly topic: (typeof TOPICS)[number]
  readonly method: string
  readonly path: string
  /** In order; a name may come twice. */
  readonly headers?: readonly (readonly [string, string])[]
  /** `application/json` when there is a body and nothing is said here; null sends none. */
  readonly content_type?: string | null
  readonly body?: string
  readonly body_base64?: string
  readonly chunked?: boolean
  /** The whole request, in Latin-1, instead of all of the above. */
  readonly raw?: string
  /** Makes `{token}`. */
  readonly token?: TokenRecipe
  readonly status: number
  /** The code of the problem document; null: the answer of the HTTP layer, which has no body. */
  readonly code: string | null
  /** The finer reason in the problem document. */
  readonly reason?: string
  /** Headers of the answer. */
  readonly answer?: Readonly<Record<string, string>>
  /** Events it leaves; everything else stays as it was. */
  readonly writes?: readonly EventName[]
  /** Whether the attempt counts against its address or account. */
  readonly counted?: boolean
  /** The standard that decides, or the rule of this product. */
  readonly source: string
}

/** Every kind of bad input; each has cases. */
export const TOPICS = [
  'not_json',
  'content_type',
  'wrong_type',
  'duplicate_member',
  'unknown_member',
  'deep',
  'too_large',
  'username',
  'surrogate',
  'utf8',
  'authorization',
  'token_confusion',
  'time',
  'issuer',
  'audience',
  'tampered',
  'algorithm',
  'kid',
  'header_key',
  'claims',
  'origin',
  'cookie',
  'path',
  'method',
  'framing',
  'password',
  'idempotency_key',
] as const

export function readHttpCases(): HttpCase[] {
  return readFileSync(new URL('./http.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HttpCase)
}

/** The bytes of the request, with its tokens put in. */
export function requestBytes(one: HttpCase, tokens: Readonly<Record<string, string>>): Buffer {
  const fill = (text: string) =>
    text
      .replaceAll(/\{repeat (\d+) (.[^}]*)\}/g, (_, times: string, part: string) =>
        part.repeat(Number(times)),
      )
      .replaceAll(/\{(access|refresh|token)\}/g, (_, name: string) => tokens[name]!)
  if (one.raw !== undefined) return Buffer.from(fill(one.raw), 'latin1')
  const body = bodyBytes(one, fill)
  const type = one.content_type === undefined ? 'application/json' : one.content_type
  const headers: [string, string][] = [
    ['Host', 'auth.example.com'],
    ['Connection', 'close'],
    ...(one.headers ?? []).map(([name, value]): [string, string] => [name, fill(value)]),
    ...(body === null ? [] : bodyHeaders(body, type, one.chunked === true)),
  ]
  const head = [
    `${one.method} ${fill(one.path)} HTTP/1.1`,
    ...headers.map((pair) => pair.join(': ')),
  ]
  return Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'),
    ...(one.chunked === true ? chunksOf(body!) : [body ?? Buffer.alloc(0)]),
  ])
}

function bodyBytes(one: HttpCase, fill: (text: string) => string): Buffer | null {
  if (one.body !== undefined) return Buffer.from(fill(one.body))
  return one.body_base64 === undefined ? null : Buffer.from(one.body_base64, 'base64')
}

function bodyHeaders(body: Buffer, type: string | null, isChunked: boolean): [string, string][] {
  return [
    ...(type === null ? [] : [['Content-Type', type] as [string, string]]),
    isChunked ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)],
  ]
}

function chunksOf(body: Buffer): Buffer[] {
  const size = 16_384
  const chunks: Buffer[] = []
  for (let from = 0; from < body.length; from += size) {
    const chunk = body.subarray(from, from + size)
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return [...chunks, Buffer.from('0\r\n\r\n')]
}

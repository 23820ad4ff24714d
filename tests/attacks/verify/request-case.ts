import { readFileSync } from 'node:fs'

import type { Requirements } from '@mapae/verify'

/**
 * One line of `requests.jsonl`: a request that must be refused, and how. In the headers and the URL
 * `{token}`, `{bound}` and `{proof}` stand for what the recipes make, and `{other}` for a second
 * token that is good.
 */
export interface RequestCase {
  readonly name: string
  readonly topic: (typeof REQUEST_TOPICS)[number]
  /** `GET` unless told. */
  readonly method?: string
  /** `/orders` unless told. */
  readonly url?: string
  /** Null: no such header. `Bearer {token}` unless told. */
  readonly authorization?: string | null
  readonly dpop?: string
  readonly token?: TokenRecipe
  /** What the proof says; it is good unless told otherwise. */
  readonly proof?: ProofRecipe
  readonly requirements?: Requirements
  readonly status: number
  readonly code: string
  readonly reason: string | null
  /** What the challenge begins with and has in it. */
  readonly challenge: readonly string[]
  /** The standard that decides, or the rule of this product. */
  readonly source: string
}

/** How a token is made: a good one of this API, changed as told. */
export interface TokenRecipe {
  /** Over its claims; null takes one out. `iat`, `exp`, `nbf` and `auth_time` are seconds from now. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly typ?: string
  /** Signed by an issuer of the same name, with a key of the same name. */
  readonly stranger?: boolean
  readonly edit?: 'flip_signature' | 'drop_signature' | 'other_spelling' | 'alg_none' | 'add_part'
}

export interface ProofRecipe {
  readonly method?: string
  readonly url?: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Made with another key than the token is bound to; it carries that key. */
  readonly stranger?: boolean
  readonly edit?: 'flip_signature'
}

export const REQUEST_TOPICS = [
  'absent',
  'header',
  'query',
  'type',
  'signature',
  'form',
  'issuer',
  'audience',
  'time',
  'claims',
  'scope',
  'step_up',
  'binding',
  'proof',
  'proof_claims',
] as const

export function readRequestCases(): RequestCase[] {
  return readFileSync(new URL('./requests.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RequestCase)
}

import { readFileSync } from 'node:fs'

import type { FeedErrorCode } from '@mapae/verify'

/** How a batch is made: a good one that follows the last, changed as told. */
export interface BatchRecipe {
  /** Over the claims of a good one; null takes one out. `iat` and `exp` are seconds from now. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly typ?: string
  /** `issuer` unless told; `stranger` has the same `kid`. `withdrawn` was taken back by the feed. */
  readonly key?: 'issuer' | 'stranger' | 'withdrawn'
  /** Spoils the finished token. */
  readonly edit?: 'flip_signature' | 'drop_signature' | 'alg_none'
}

/** One thing that a hostile feed, or whoever sits before it, sends. */
export type FeedPart =
  | { readonly batch: BatchRecipe }
  | { readonly raw: string }
  /** So many times this text, with no end of the line. */
  | { readonly flood: readonly [times: number, text: string] }
  /** A comment every few milliseconds, for ever: never silent, and never a batch. */
  | { readonly drip: true }
  /** Ends the answer, as it should end. */
  | { readonly end: true }
  /** Cuts the connection. */
  | { readonly cut: true }

/** One line of `feed.jsonl`: what comes after a good beginning, and what has to be said about it. */
export interface FeedCase {
  readonly name: string
  readonly topic: (typeof FEED_TOPICS)[number]
  /** What follows the good batch in the stream. */
  readonly stream?: readonly FeedPart[]
  /** Instead of a stream: the answer to the next page. */
  readonly page?: {
    readonly status?: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly batch?: BatchRecipe
    readonly flood?: readonly [times: number, text: string]
  }
  readonly error: FeedErrorCode
  /** The standard that decides, or the rule of this product. */
  readonly source: string
}

export const FEED_TOPICS = [
  'signature',
  'issuer',
  'type',
  'time',
  'replay',
  'gap',
  'malformed',
  'garbage',
  'length',
  'drip',
  'status',
  'end',
] as const

export function readFeedCases(): FeedCase[] {
  return readFileSync(new URL('./feed.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FeedCase)
}

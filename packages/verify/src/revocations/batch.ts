import type { Claims } from '@mapae/jwt'

import { FeedError } from './feed-error.ts'

/** One step of the feed, from the signed token it came in. Instants are Unix seconds. */
export interface Batch {
  readonly issuedAt: number
  /** The cursor it follows; undefined: a snapshot, which follows nothing. */
  readonly from: string | undefined
  readonly cursor: string
  /** There is more already: what was read until now is not everything. */
  readonly hasMore: boolean
  readonly sessions: readonly (readonly [sid: string, forgetAt: number])[]
  readonly users: readonly (readonly [sub: string, issuedBefore: number, forgetAt: number])[]
  readonly clients: readonly (readonly [id: string, issuedBefore: number, forgetAt: number])[]
  readonly keys: readonly (readonly [kid: string, forgetAt: number])[]
}

const longestIdentifier = 256
const CURSOR = /^[\x21-\x7e]{1,128}$/

/**
 * Read a batch out of the claims of a token whose signature was good. All or nothing: an entry that
 * is not understood could be the one that matters.
 * Errors ({@link FeedError}): `batch_malformed`.
 */
export function parseBatch(claims: Claims): Batch {
  const { iat, from, cursor, more } = claims
  if (iat === undefined || !isInstant(iat)) throw new FeedError('batch_malformed')
  if (!isCursor(cursor) || (from !== undefined && !isCursor(from))) {
    throw new FeedError('batch_malformed')
  }
  if (more !== undefined && typeof more !== 'boolean') throw new FeedError('batch_malformed')
  return {
    issuedAt: iat,
    from,
    cursor,
    hasMore: more === true,
    sessions: readEntries(claims['sessions'], 1) as unknown as Batch['sessions'],
    users: readEntries(claims['users'], 2) as unknown as Batch['users'],
    clients: readEntries(claims['clients'], 2) as unknown as Batch['clients'],
    keys: readEntries(claims['keys'], 1) as unknown as Batch['keys'],
  }
}

/** Entries are an identifier and so many instants. */
function readEntries(value: unknown, instants: number): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new FeedError('batch_malformed')
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry) || entry.length !== instants + 1) {
      throw new FeedError('batch_malformed')
    }
    const [identifier, ...rest] = entry as unknown[]
    if (!isIdentifier(identifier) || !rest.every(isInstant)) throw new FeedError('batch_malformed')
  }
  return value
}

function isIdentifier(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= longestIdentifier
}

/** It has to fit into 32 bits, which lasts until 2106. */
function isInstant(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 0xffff_ffff
}

function isCursor(value: unknown): value is string {
  return typeof value === 'string' && CURSOR.test(value)
}

import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import type { RevocationPages } from '../../events/revocation-pages.ts'
import type { PollSignals } from '../../events/signal-poll.ts'
import type { FeedAccess, FeedReader } from '../feed-access.ts'
import type { FeedLimits } from '../feed-limits.ts'
import type { RevocationStream } from '../revocation-stream.ts'
import { openRoute, type Answer } from '../route.ts'

const EVENT_STREAM = /\btext\/event-stream\b/i
/** A cache may hold a page for so long: what is revoked meanwhile is known so much later. */
const MAX_AGE_SECONDS = 1

export interface FeedServices {
  readonly revocationFeed: 'public' | 'private'
  readonly revocationPages: RevocationPages
  readonly revocationStream: RevocationStream
  readonly authenticateFeedReader: FeedAccess
  readonly feedLimits: FeedLimits
  readonly pollSignals: PollSignals
  /** What a receiver says about signals that it could not read. */
  readonly noteSignalErrors: (receiver: string, errors: readonly string[]) => void
}

export interface RevocationServices extends FeedServices {
  readonly isStopping: () => boolean
}

/** The feed: one page of it, or as it goes on. */
export function revocationsRoute(services: RevocationServices) {
  const { revocationFeed, revocationPages, authenticateFeedReader, feedLimits } = services
  const caching = revocationFeed === 'public' ? `public, max-age=${MAX_AGE_SECONDS}` : 'no-store'
  return openRoute({
    method: 'GET',
    path: '/v1/revocations',
    summary: 'What was revoked since the cursor, as a signed page or an event stream',
    body: null,
    query: z.strictObject({
      cursor: z
        .string()
        .regex(/^[\x21-\x7e]{1,128}$/)
        .optional(),
    }),
    answers: { 200: z.object({ revocations: z.string() }) },
    errors: [
      'authentication_required',
      'invalid_token',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'insufficient_scope',
      'too_many_attempts',
      'server_busy',
      'server_stopping',
    ],
    async handle(request): Promise<Answer> {
      const isPrivate = revocationFeed === 'private'
      const reader = isPrivate ? await authenticateFeedReader(request) : null
      const { method, headers, device } = request
      if (reader === null) feedLimits.count(device.ipAddress)
      const { cursor = null } = request.query
      if (method === 'GET' && EVENT_STREAM.test(headers.get('accept') ?? '')) {
        const from = headers.get('last-event-id') ?? cursor
        return streamAnswer(services, from, reader, device.ipAddress)
      }
      const { token } = revocationPages.after(cursor)
      return {
        status: 200,
        json: { revocations: token },
        headers: { 'Cache-Control': caching, Vary: 'Accept' },
      }
    },
  })
}

function streamAnswer(
  { revocationStream, isStopping, feedLimits }: RevocationServices,
  cursor: string | null,
  reader: FeedReader | null,
  ipAddress: string | null,
): Answer {
  if (isStopping()) throw new MapaeError('server_stopping', { retryAfterSeconds: 1 })
  return {
    status: 200,
    stream:
      reader === null
        ? revocationStream.subscribe(cursor, null, feedLimits.takePlace(ipAddress))
        : revocationStream.subscribe(cursor, reader.expiresAt),
    headers: {
      'Content-Type': 'text/event-stream',
      // Proxies that hold answers back (nginx) let this one through as it comes.
      'X-Accel-Buffering': 'no',
      Vary: 'Accept',
    },
  }
}

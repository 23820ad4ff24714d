import type { ClaimsToSign } from '@mapae/jwt'

import { letProcessEnd } from '../surroundings.ts'

/** What to revoke; what is not named is not touched. */
export interface TestRevocation {
  /** The `sid` of a session. */
  readonly session?: string
  /** The `sub` of a user whose sessions of until now end. */
  readonly user?: string
  /** The `client_id` of a client that is disabled. */
  readonly client?: string
  /** The `kid` of a key that is withdrawn. */
  readonly key?: string
}

interface TestFeedOptions {
  readonly issuer: string
  readonly tokenSeconds: number
  readonly heartbeatMilliseconds: number
  readonly clock: () => number
  readonly sign: (claims: ClaimsToSign) => string
}

interface Entry {
  readonly list: 'sessions' | 'users' | 'clients' | 'keys'
  readonly values: readonly (string | number)[]
}

/** The revocation feed as a server has it, over a list. Cursors are lengths of the list. */
export function createTestFeed(options: TestFeedOptions) {
  const { issuer, tokenSeconds, heartbeatMilliseconds, clock, sign } = options
  const entries: Entry[] = []
  const waiting = new Set<() => void>()

  const isKnown = (cursor: string | null): boolean =>
    cursor !== null && /^\d+$/.test(cursor) && Number(cursor) <= entries.length

  /** What follows a cursor, or everything when there is none that is known. */
  const batchAfter = (cursor: string | null) => {
    const lists: Record<string, (string | number)[][]> = {}
    const start = isKnown(cursor) ? Number(cursor) : 0
    for (const { list, values } of entries.slice(start)) (lists[list] ??= []).push([...values])
    const iat = clock()
    const next = String(entries.length)
    const from = isKnown(cursor) ? { from: cursor } : {}
    const claims = { iss: issuer, iat, exp: iat + tokenSeconds, ...from, cursor: next, ...lists }
    return { next, token: sign(claims) }
  }

  const stream = (cursor: string | null): Response => {
    let at = cursor
    return streamOf(heartbeatMilliseconds, waiting, () => {
      const { next, token } = batchAfter(at)
      at = next
      return `id: ${next}\nevent: revocations\ndata: ${token}\n\n`
    })
  }

  return {
    revoke({ session, user, client, key }: TestRevocation): void {
      const now = clock()
      const forgetAt = now + tokenSeconds + 60
      // Those that were issued within this second are among those to be refused.
      const issuedBefore = now + 1
      const told: readonly [Entry['list'], string | undefined, ...number[]][] = [
        ['sessions', session, forgetAt],
        ['users', user, issuedBefore, forgetAt],
        ['clients', client, issuedBefore, forgetAt],
        ['keys', key, forgetAt],
      ]
      for (const [list, identifier, ...instants] of told) {
        if (identifier !== undefined) entries.push({ list, values: [identifier, ...instants] })
      }
      for (const send of waiting) send()
    },
    answer(request: Request): Response {
      const resumed = request.headers.get('last-event-id')
      const cursor = resumed ?? new URL(request.url).searchParams.get('cursor')
      const wantsStream = request.headers.get('accept') === 'text/event-stream'
      return wantsStream ? stream(cursor) : Response.json({ revocations: batchAfter(cursor).token })
    },
  }
}

/** An event stream that sends at once, at every beat, and whenever those who wait are called. */
function streamOf(
  heartbeatMilliseconds: number,
  waiting: Set<() => void>,
  nextEvent: () => string,
): Response {
  let stop = () => {}
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = () => controller.enqueue(encoder.encode(nextEvent()))
      controller.enqueue(encoder.encode('retry: 1000\n\n'))
      send()
      waiting.add(send)
      const timer = setInterval(send, heartbeatMilliseconds)
      letProcessEnd(timer)
      stop = () => {
        clearInterval(timer)
        waiting.delete(send)
      }
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

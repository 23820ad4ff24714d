import { request } from 'node:http'

/** One event of a stream. */
export interface FeedEvent {
  readonly id: string
  readonly claims: any
  /** By this process's clock. */
  readonly receivedAt: number
}

/** Reads the feed from a server on this machine, in the plainest way. Resolves with the headers. */
export async function readFeed(url: string, headers: Record<string, string> = {}) {
  const events: FeedEvent[] = []
  const waiting = new Set<() => void>()
  const ended = Promise.withResolvers<void>()
  let text = ''

  function take(chunk: string): void {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
      )
      text = text.slice(end + 2)
      const token = fields.get('data')
      if (token === undefined) continue
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
      events.push({ id: fields.get('id')!, claims, receivedAt: performance.now() })
      for (const look of waiting) look()
    }
  }

  const { status, answered, close, pause } = await new Promise<{
    status: number
    answered: Record<string, string | string[] | undefined>
    close: () => void
    pause: () => void
  }>((resolve, reject) => {
    const outgoing = request(
      `${url}/v1/revocations`,
      { agent: false, headers: { Accept: 'text/event-stream', ...headers } },
      (incoming) => {
        incoming.setEncoding('utf8').on('data', take)
        incoming.once('error', () => ended.resolve()).once('close', () => ended.resolve())
        resolve({
          status: incoming.statusCode!,
          answered: incoming.headers,
          close: () => outgoing.destroy(),
          pause: () => incoming.pause(),
        })
      },
    )
    outgoing.once('error', reject).end()
  })

  return {
    status,
    headers: answered,
    events,
    ended: ended.promise,
    close,
    pause,
    /** The first event that fits, whether it has come already or comes later. */
    async event(fits: (event: FeedEvent) => boolean): Promise<FeedEvent> {
      for (;;) {
        const found = events.find(fits)
        if (found !== undefined) return found
        await new Promise<void>((resolve) => {
          const look = () => {
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
        })
      }
    },
  }
}

export function hasSession(sid: string) {
  return ({ claims }: FeedEvent) =>
    (claims.sessions ?? []).some(([one]: [string, number]) => one === sid)
}

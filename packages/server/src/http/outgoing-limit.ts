import { MapaeError } from '../domain/errors.ts'
import type { OutgoingFetch } from './outgoing-fetch.ts'

/** Each for five seconds and some 100 KiB at the most. */
const MOST_AT_ONCE = 32
/** A host that is slow, or that somebody else is to be asked through us, takes no more of them. */
const MOST_OF_ONE_HOST = 4

/**
 * Calls to addresses that strangers name, a bounded number at a time: neither is this server to be
 * kept busy by hosts that do not answer, nor another one by this server.
 * Errors: `server_busy` when there are as many already; else those of `fetch`.
 */
export function createOutgoingLimit(fetch: OutgoingFetch): OutgoingFetch {
  const running = new Map<string, number>()
  let all = 0

  return async (url, request) => {
    const host = URL.parse(url)?.host ?? ''
    const ofHost = running.get(host) ?? 0
    if (all >= MOST_AT_ONCE || ofHost >= MOST_OF_ONE_HOST) throw new MapaeError('server_busy')
    running.set(host, ofHost + 1)
    all++
    try {
      return await fetch(url, request)
    } finally {
      all--
      const left = running.get(host)! - 1
      if (left === 0) running.delete(host)
      else running.set(host, left)
    }
  }
}

import { z } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import type { ReadSector } from '../oauth/registration/sector.ts'
import type { OutgoingFetch } from './outgoing-fetch.ts'

const MOST_BYTES = 64 * 1024

const sectorSchema = z.array(z.string())

/**
 * Reads the redirect URIs of a sector at an address that a client named, and nowhere else.
 * Errors: `server_busy`.
 */
export function createReadSector(fetch: OutgoingFetch): ReadSector {
  return async (url) => {
    try {
      const answer = await fetch(url, { headers: { Accept: 'application/json' } })
      const bytes = await answer.arrayBuffer()
      if (answer.status !== 200 || bytes.byteLength > MOST_BYTES) return null
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      return sectorSchema.safeParse(JSON.parse(text)).data ?? null
    } catch (error) {
      if (error instanceof MapaeError) throw error
      // Why there was no answer is nobody's business: it would tell what is in our network.
      return null
    }
  }
}

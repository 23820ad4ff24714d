import { Socket } from 'node:net'

import { Client } from 'pg'

import type { RevocationBell } from '../../domain/ports.ts'
import type { SqlDatabase } from '../database.ts'
import { readDatabaseUrl } from './pool.ts'

const CONNECT_MILLISECONDS = 2_000
const CONNECT_AGAIN_MILLISECONDS = 1_000
/** A server that is gone without a word is noticed some time after this. */
const KEEP_ALIVE_MILLISECONDS = 10_000

const LISTEN = 'LISTEN mapae_revoked'

export const statements = {
  postgres: { ring: `SELECT pg_notify('mapae_revoked', '') AS rung` },
}

/**
 * Rings with NOTIFY through the pool and listens on a connection of its own, which connects again
 * by itself. A NOTIFY is not part of the transaction that revokes: commits that notify wait for one
 * another, and so many ends at once would.
 */
export function createBell(
  database: SqlDatabase,
  databaseUrl: string,
): RevocationBell & { close(): Promise<void> } {
  let ringing: Promise<void> | null = null
  let isDue = false

  async function ringUntilDone(): Promise<void> {
    while (isDue) {
      isDue = false
      // Whoever listens looks by itself too.
      await database.get(statements.postgres.ring, []).catch(() => {})
    }
    ringing = null
  }

  return {
    ring() {
      isDue = true
      ringing ??= ringUntilDone()
    },
    onRing: (listener) => listen(readDatabaseUrl(databaseUrl).connectionString, listener),
    async close() {
      await ringing
    },
  }
}

function listen(connectionString: string, listener: () => void): () => Promise<void> {
  let again: NodeJS.Timeout | undefined
  let isStopped = false
  let socket = connect()

  function connect(): Socket {
    const stream = new Socket()
    const fresh = new Client({
      connectionString,
      stream: () => stream,
      application_name: 'mapae listening',
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    })
    fresh.on('notification', listener)
    // The end that follows is what counts.
    fresh.on('error', () => {})
    fresh.once('end', () => {
      if (isStopped) return
      again = setTimeout(() => {
        socket = connect()
      }, CONNECT_AGAIN_MILLISECONDS).unref()
    })
    fresh
      .connect()
      .then(() => fresh.query(LISTEN))
      .then(listener)
      .catch(() => void fresh.end().catch(() => {}))
    return stream
  }

  return async () => {
    isStopped = true
    clearTimeout(again)
    // Not `end`: it waits for an answer, and a server that is gone gives none.
    socket.destroy()
  }
}

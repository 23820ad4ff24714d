import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import { getRequestListener } from '@hono/node-server'

import { ConfigurationError } from '../domain/errors.ts'
import type { Mapae } from '../main.ts'

const HEADERS_TIMEOUT_MILLISECONDS = 10_000
const REQUEST_TIMEOUT_MILLISECONDS = 15_000
const DRAIN_MILLISECONDS = 5_000

/**
 * Binds the port before anything else is made, so that the issuer can name it. Requests that come
 * before `serve` wait for it.
 */
export interface BoundServer {
  readonly port: number
  serve(fetch: Mapae['fetch']): void
  /** Lets running requests end, for a while, and takes no new ones. */
  close(): Promise<void>
}

/**
 * Listens on the port. With `orNext`, a busy port is passed over for the next free one.
 * Throws `ConfigurationError` when the port cannot be had.
 */
export async function bind(host: string, port: number, orNext: boolean): Promise<BoundServer> {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MILLISECONDS,
    requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
    // Two Authorization headers must arrive as two, to be refused.
    joinDuplicateHeaders: true,
  })
  const early: [IncomingMessage, ServerResponse][] = []
  const keep = (...exchange: [IncomingMessage, ServerResponse]) => void early.push(exchange)
  server.on('request', keep)
  const bound = await listen(server, host, port, orNext ? port + 20 : port)
  return {
    port: bound,
    serve(fetch) {
      const listener = getRequestListener((request, connection) => fetch(request, connection))
      server.off('request', keep)
      server.on('request', (incoming, outgoing) => void listener(incoming, outgoing))
      for (const [incoming, outgoing] of early) void listener(incoming, outgoing)
    },
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

async function listen(server: Server, host: string, port: number, last: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    return port
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' && port < last) return listen(server, host, port + 1, last)
    const fix =
      code === 'EADDRINUSE'
        ? `Port ${port} is taken: stop what uses it or set MAPAE_PORT to a free one.`
        : `Cannot listen on ${host} port ${port} (${code}): set MAPAE_HOST and MAPAE_PORT to what this machine has.`
    throw new ConfigurationError(fix, error)
  }
}

/** Resolves at the first SIGINT or SIGTERM. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

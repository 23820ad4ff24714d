import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

import { getRequestListener } from '@hono/node-server'

import { ConfigurationError } from '../domain/errors.ts'
import type { Mapae } from '../main.ts'

/** Running requests may take this long after the port is closed. */
const DRAIN_MILLISECONDS = 5_000
const LOOK_FOR_IDLE_MILLISECONDS = 50

/** What one client may take from the others. All times in milliseconds. */
export interface ConnectionLimits {
  /** Open connections; further ones are closed at once. */
  readonly connections: number
  /** From the start of a connection, or of a request on it, to the end of the headers. */
  readonly headersTimeout: number
  /** The same to the end of the body. */
  readonly requestTimeout: number
  /** How often these two are looked at. */
  readonly connectionsCheckingInterval: number
  /** An idle connection that has served is kept this long: longer than proxies keep theirs. */
  readonly keepAliveTimeout: number
  /** A connection on which nothing moves is cut: its client does not even read the answer. */
  readonly silence: number
}

const CONNECTION_LIMITS: ConnectionLimits = {
  connections: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000,
  silence: 90_000,
}

/**
 * Binds the port before anything else is made, so that the issuer can name it. Requests that come
 * before `serve` wait for it.
 */
export interface BoundServer {
  readonly port: number
  serve(fetch: Mapae['fetch']): void
  /** From now on connections end with their answer: whoever keeps one looks elsewhere. */
  letGo(): void
  /** Takes no new requests and lets those that run end, for a while. */
  close(longestMilliseconds?: number): Promise<void>
}

/**
 * Listens on the port. With `orNext`, a busy port is passed over for the next free one.
 * Throws `ConfigurationError` when the port cannot be had.
 */
export async function bind(
  host: string,
  port: number,
  orNext: boolean,
  limits = CONNECTION_LIMITS,
): Promise<BoundServer> {
  const { connections, silence, ...timeouts } = limits
  // Two Authorization headers must arrive as two, to be refused.
  const server = createServer({ ...timeouts, joinDuplicateHeaders: true })
  server.maxConnections = connections
  server.timeout = silence
  const early: [IncomingMessage, ServerResponse][] = []
  const keep = (...exchange: [IncomingMessage, ServerResponse]) => void early.push(exchange)
  server.on('request', keep)
  const bound = await listen(server, host, port, orNext ? port + 20 : port)
  let isLeaving = false
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return {
    port: bound,
    serve(fetch) {
      const listener = getRequestListener(async (request, connection) => {
        const response = await fetch(request, connection)
        if (isLeaving) response.headers.set('Connection', 'close')
        return response
      })
      server.off('request', keep)
      server.on('request', (incoming, outgoing) => void listener(incoming, outgoing))
      for (const [incoming, outgoing] of early) void listener(incoming, outgoing)
    },
    letGo() {
      isLeaving = true
    },
    close: (longestMilliseconds = DRAIN_MILLISECONDS) =>
      new Promise((resolve) => {
        isLeaving = true
        const cut = setTimeout(() => server.closeAllConnections(), longestMilliseconds)
        // A connection whose answer had left already is idle only after it.
        const idle = setInterval(() => closeIdle(server, open), LOOK_FOR_IDLE_MILLISECONDS)
        server.close(() => {
          clearTimeout(cut)
          clearInterval(idle)
          resolve()
        })
      }),
  }
}

/** Node counts a connection as idle only after its first request; proxies open some in advance. */
function closeIdle(server: Server, open: ReadonlySet<Socket>): void {
  server.closeIdleConnections()
  for (const socket of open) {
    if (socket.bytesRead === 0) socket.destroy()
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
    return (server.address() as AddressInfo).port
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

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Resolves at the first SIGINT or SIGTERM; the same signal a second time ends the process. */
export function stopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve(signal))
    }
  })
}

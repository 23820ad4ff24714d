import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import { getRequestListener } from '@hono/node-server'
import { build } from 'esbuild'

import { createTestMapae, type TestMapae } from '../../server/tests/test-mapae.ts'

/** What the server does with the answers of a path: hand them on, or let them get lost. */
export type Trouble = 'answer lost' | 'unavailable' | 'slow'

export interface PageServer {
  readonly url: string
  /** The pages, on another origin of the same site. */
  readonly otherUrl: string
  readonly mapae: TestMapae
  /** Path and status of each call to the API. */
  readonly calls: { path: string; status: number }[]
  /** What goes wrong with calls to a path from now on. */
  readonly troubles: Map<string, Trouble>
  readonly close: () => Promise<void>
}

const SLOW_MILLISECONDS = 150

/**
 * A whole server and, on the same origin, a page for each script: `/name.js` makes `/name`, and
 * `/client.js` is that of `/`. Time is the test's.
 */
export async function createPageServer(
  scripts: Record<string, URL>,
  parts?: Parameters<typeof createTestMapae>[2],
): Promise<PageServer> {
  const bundles = new Map<string, string>()
  for (const [path, file] of Object.entries(scripts)) bundles.set(path, await bundle(file))
  const server = createServer((incoming, outgoing) => {
    outgoing.sendDate = false
    void handle(incoming, outgoing)
  })
  const url = await listenTo(server)
  const other = createServer((incoming, outgoing) => void handle(incoming, outgoing))
  const otherUrl = await listenTo(other)
  const mapae = await createTestMapae({ issuer: url, audience: url }, undefined, parts)
  const calls: PageServer['calls'] = []
  const troubles: PageServer['troubles'] = new Map()

  async function answer(request: Request, connection: object): Promise<Response> {
    const path = new URL(request.url).pathname
    const script = bundles.get(path)
    if (script !== undefined) {
      return new Response(script, { headers: { 'content-type': 'text/javascript' } })
    }
    const ofPage = bundles.has(`${path}.js`) ? `${path}.js` : path === '/' && '/client.js'
    if (ofPage) {
      const page = `<!doctype html><title>Page</title><body data-issuer="${url}"><div id="root"></div><script type="module" src="${ofPage}"></script>`
      return new Response(page, { headers: { 'content-type': 'text/html' } })
    }
    const trouble = troubles.get(path)
    if (trouble === 'unavailable') return new Response('', { status: 503 })
    const response = await mapae.mapae.fetch(request, connection)
    calls.push({ path, status: response.status })
    if (trouble === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MILLISECONDS))
    if (trouble === 'answer lost' && response.ok) throw new Error('lost')
    response.headers.set('date', new Date(mapae.clock.milliseconds()).toUTCString())
    return response
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const listener = getRequestListener(answer, {
      errorHandler: () => void outgoing.destroy(),
    })
    await listener(incoming, outgoing)
  }

  return {
    url,
    otherUrl,
    mapae,
    calls,
    troubles,
    async close() {
      await Promise.all([server, other].map(closed))
      await mapae.close()
    },
  }
}

async function listenTo(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function bundle(file: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['mapae-source'],
    define: { 'process.env.NODE_ENV': '"development"' },
  })
  return outputFiles[0]!.text
}

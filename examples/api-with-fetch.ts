// An API as a fetch handler, which runs in edge runtimes too; here behind a server on Node:
// MAPAE_ISSUER=http://localhost:4400 PORT=3000 node --conditions=mapae-source examples/api-with-fetch.ts
import { serve } from '@hono/node-server'
import { mapae } from '@mapae/verify/fetch'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
// In development the server is its own audience; in production this is the URL of your API.
const auth = mapae({ issuer, audience: issuer })
await auth.ready()

const routes: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  'GET /orders': auth()((_request, claims) => Response.json({ orders: [], user: claims.sub })),
  'POST /orders': auth.scope('orders:write')(() => Response.json({ ordered: true })),
  'GET /metrics': () => new Response(auth.metrics()),
}

async function handle(request: Request): Promise<Response> {
  const route = routes[`${request.method} ${new URL(request.url).pathname}`]
  return route === undefined ? new Response(null, { status: 404 }) : route(request)
}

serve({ fetch: handle, port: Number(process.env['PORT'] ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/orders`)
})

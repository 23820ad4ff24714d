// An API on node:http, for the tokens of a running server:
// MAPAE_ISSUER=http://localhost:4400 PORT=3000 node --conditions=mapae-source examples/api-with-node.ts
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { mapae } from '@mapae/verify/node'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
// In development the server is its own audience; in production this is the URL of your API.
const auth = mapae({ issuer, audience: issuer })
await auth.ready()

const routes: Readonly<Record<string, RequestListener>> = {
  'GET /orders': auth()((_request, response, claims) => {
    response.end(JSON.stringify({ orders: [], user: claims.sub }))
  }),
  'POST /orders': auth.scope('orders:write')((_request, response) => {
    response.end(JSON.stringify({ ordered: true }))
  }),
  'GET /metrics': (_request, response) => response.end(auth.metrics()),
}

const server = createServer((request, response) => {
  const route = routes[`${request.method} ${request.url}`]
  if (route === undefined) response.writeHead(404).end()
  else route(request, response)
})
server.listen(Number(process.env['PORT'] ?? 3000), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}/orders`)
})

// An API in Fastify, for the tokens of a running server:
// MAPAE_ISSUER=http://localhost:4400 PORT=3000 node --conditions=mapae-source examples/api-with-fastify.ts
import { mapae } from '@mapae/verify/fastify'
import fastify from 'fastify'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
// In development the server is its own audience; in production this is the URL of your API.
const auth = mapae({ issuer, audience: issuer })
await auth.ready()

const app = fastify()
app.get('/orders', { onRequest: auth() }, ({ auth: claims }) => ({ orders: [], user: claims?.sub }))
app.post('/orders', { onRequest: auth.scope('orders:write') }, () => ({ ordered: true }))
app.get('/metrics', (_request, reply) => reply.type('text/plain').send(auth.metrics()))

const address = await app.listen({ port: Number(process.env['PORT'] ?? 3000) })
console.log(`${address}/orders`)

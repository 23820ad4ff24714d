// An API in Hono, for the tokens of a running server:
// MAPAE_ISSUER=http://localhost:4400 PORT=3000 node --conditions=mapae-source examples/api-with-hono.ts
import { serve } from '@hono/node-server'
import { mapae } from '@mapae/verify/hono'
import { Hono } from 'hono'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
// In development the server is its own audience; in production this is the URL of your API.
const auth = mapae({ issuer, audience: issuer })
await auth.ready()

const app = new Hono()
app.get('/orders', auth(), (c) => c.json({ orders: [], user: c.var.auth.sub }))
app.post('/orders', auth.scope('orders:write'), (c) => c.json({ ordered: true }))
app.get('/metrics', (c) => c.text(auth.metrics()))

serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/orders`)
})

// An API in Express, for the tokens of a running server:
// MAPAE_ISSUER=http://localhost:4400 PORT=3000 node --conditions=mapae-source examples/api-with-express.ts
import type { AddressInfo } from 'node:net'

import { mapae } from '@mapae/verify/express'
import express from 'express'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
// In development the server is its own audience; in production this is the URL of your API.
const auth = mapae({ issuer, audience: issuer })
await auth.ready()

const app = express()
app.use('/orders', auth())
app.get('/orders', (request, response) => {
  response.json({ orders: [], user: request.auth?.sub })
})
app.post('/orders', auth.scope('orders:write'), (_request, response) => {
  response.json({ ordered: true })
})
app.get('/metrics', (_request, response) => {
  response.type('text/plain').send(auth.metrics())
})

const server = app.listen(Number(process.env['PORT'] ?? 3000), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}/orders`)
})

// An API in Express, and the page that calls it. The page signs in at the server, which is of another
// origin and must know it:
//   npm run mapae -- client create pages --public --trusted --redirect http://localhost:3200/ --web-origin http://localhost:3200
//   MAPAE_ISSUER=http://localhost:4400 PORT=3200 node --conditions=mapae-source examples/express-with-page.ts
import type { AddressInfo } from 'node:net'

import { mapae } from '@mapae/verify/express'
import express from 'express'

import { pageFile } from './page-files.ts'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
// In development the server is its own audience; in production this is the URL of your API.
const auth = mapae({ issuer, audience: issuer })
await auth.ready()

const app = express()
app.use('/orders-api', auth())
app.get('/orders-api/orders', (request, response) => {
  response.json({ orders: ['two horses'], user: request.auth?.sub })
})
app.use((request, response, next) => {
  pageFile(request.path, issuer).then((file) => {
    if (file === undefined) response.status(404).send('There is nothing here.')
    else response.type(file.type).send(file.text)
  }, next)
})

const server = app.listen(Number(process.env['PORT'] ?? 3200), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`)
})

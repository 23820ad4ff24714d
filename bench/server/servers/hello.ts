// The floor under every answer: the same HTTP stack that answers a constant.
import { createServer } from 'node:http'

import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono().get('/hello', (context) => context.json({ hello: 'world' }))
const listener = getRequestListener(app.fetch)
createServer((incoming, outgoing) => void listener(incoming, outgoing)).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
)

// A server that is called with access tokens of this product and asks nobody about them.
import { createServer } from 'node:http'

import { getRequestListener } from '@hono/node-server'
import { createTokenCache, createVerifier, importKey, type Jwk } from '@mapae/jwt'
import { Hono } from 'hono'

const { PORT = '', JWKS_URL = '' } = process.env
const { keys } = (await (await fetch(JWKS_URL)).json()) as { keys: Jwk[] }
const verify = createVerifier({
  // Those of access tokens; the server publishes others for ID tokens.
  keys: keys.filter(({ alg }) => alg === 'ES256').map((jwk) => importKey({ alg: 'ES256', jwk })),
  issuer: 'https://auth.example.com',
  audience: 'https://api.example.com',
  typ: 'at+jwt',
  cache: createTokenCache(),
})

const app = new Hono().get('/verify', (context) => {
  const [, token = ''] = /^Bearer (.+)$/.exec(context.req.header('Authorization') ?? '') ?? []
  return context.json({ sub: verify(token).sub })
})
const listener = getRequestListener(app.fetch)
createServer((incoming, outgoing) => void listener(incoming, outgoing)).listen(
  Number(PORT),
  '127.0.0.1',
)

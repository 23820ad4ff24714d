import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'
import { mapae as forExpress } from '@mapae/verify/express'
import { mapae as forFastify } from '@mapae/verify/fastify'
import { mapae as forFetch } from '@mapae/verify/fetch'
import { mapae as forHono } from '@mapae/verify/hono'
import { mapae as forNode } from '@mapae/verify/node'
import type { Guards, MapaeOptions } from '@mapae/verify'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'

/** An API behind one of the adapters, on a real server. */
export interface GuardedApi {
  readonly url: string
  readonly auth: Guards<unknown>
  close(): Promise<void>
}

const STEP_UP = { maxAge: '5m', acr: 'mfa' } as const

const hasMetadata = ({ resourceMetadata }: MapaeOptions) => resourceMetadata !== undefined

async function listen(listener: RequestListener, auth: Guards<unknown>): Promise<GuardedApi> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    auth,
    close: () =>
      new Promise((resolve) => {
        auth.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/**
 * The same API in every framework: `/api/*` needs a token, `GET /api/orders` a scope as well,
 * `POST /api/pay` a fresh and strong sign-in; `/open` and metadata need nothing.
 */
export const FRAMEWORKS: Readonly<Record<string, (options: MapaeOptions) => Promise<GuardedApi>>> =
  {
    async hono(options) {
      const auth = forHono(options)
      const app = new Hono()
      app.use('/api/*', auth())
      app.get('/api/me', (context) => context.json(context.get('auth' as never)))
      app.get('/api/orders', auth.scope('orders:read'), (context) =>
        context.json({ sub: context.var.auth.sub }),
      )
      app.post('/api/pay', auth(STEP_UP), (context) => context.json({ sub: context.var.auth.sub }))
      app.get('/open', (context) => context.json({ open: true }))
      if (hasMetadata(options)) app.get(auth.metadataPath(), auth.metadata())
      const listener = getRequestListener(app.fetch)
      return listen((incoming, outgoing) => void listener(incoming, outgoing), auth)
    },

    async express(options) {
      const auth = forExpress(options)
      const app = express()
      const api = express.Router()
      api.use(auth())
      api.get('/me', (request, response) => void response.json(request.auth))
      api.get('/orders', auth.scope('orders:read'), (request, response) => {
        response.json({ sub: request.auth?.sub })
      })
      api.post('/pay', auth(STEP_UP), (request, response) => {
        response.json({ sub: request.auth?.sub })
      })
      app.use('/api', api)
      app.get('/open', (_request, response) => void response.json({ open: true }))
      if (hasMetadata(options)) app.get(auth.metadataPath(), auth.metadata())
      return listen(app as RequestListener, auth)
    },

    async fastify(options) {
      const auth = forFastify(options)
      const app = fastify()
      app.get('/open', () => ({ open: true }))
      if (hasMetadata(options)) app.get(auth.metadataPath(), auth.metadata())
      app.register((api, _options, done) => {
        api.addHook('onRequest', auth())
        api.get('/api/me', (request) => request.auth)
        api.get('/api/orders', { onRequest: auth.scope('orders:read') }, (request) => ({
          sub: request.auth?.sub,
        }))
        api.post('/api/pay', { onRequest: auth(STEP_UP) }, (request) => ({
          sub: request.auth?.sub,
        }))
        done()
      })
      await app.ready()
      const guarded = await listen((request, response) => app.routing(request, response), auth)
      return {
        ...guarded,
        async close() {
          await guarded.close()
          await app.close()
        },
      }
    },

    async node(options) {
      const auth = forNode(options)
      const json = (value: unknown) => JSON.stringify(value)
      const routes: Record<string, RequestListener> = {
        'GET /api/me': auth()((_request, response, claims) => response.end(json(claims))),
        'GET /api/orders': auth.scope('orders:read')((_request, response, { sub }) =>
          response.end(json({ sub })),
        ),
        'POST /api/pay': auth(STEP_UP)((_request, response, { sub }) =>
          response.end(json({ sub })),
        ),
        'GET /open': (_request, response) => response.end(json({ open: true })),
        ...(hasMetadata(options) ? { [`GET ${auth.metadataPath()}`]: auth.metadata() } : {}),
      }
      return listen((request, response) => {
        const [path] = (request.url ?? '').split('?')
        routes[`${request.method} ${path}`]?.(request, response)
      }, auth)
    },

    async fetch(options) {
      const auth = forFetch(options)
      const routes: Record<string, (request: Request) => Response | Promise<Response>> = {
        'GET /api/me': auth()((_request, claims) => Response.json(claims)),
        'GET /api/orders': auth.scope('orders:read')((_request, { sub }) => Response.json({ sub })),
        'POST /api/pay': auth(STEP_UP)((_request, { sub }) => Response.json({ sub })),
        'GET /open': () => Response.json({ open: true }),
        ...(hasMetadata(options) ? { [`GET ${auth.metadataPath()}`]: auth.metadata() } : {}),
      }
      const listener = getRequestListener(async (request) => {
        const { pathname } = new URL(request.url)
        return routes[`${request.method} ${pathname}`]!(request)
      })
      return listen((incoming, outgoing) => void listener(incoming, outgoing), auth)
    },
  }

// One API in one framework behind one middleware: `node servers.js NAME ISSUER PUBLIC_KEY_PEM_FILE`.
// JavaScript, because two of the middlewares say different things about the type of `request.auth`.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

import fastifyJwt from '@fastify/jwt'
import { getRequestListener } from '@hono/node-server'
import { mapae as mapaeExpress } from '@mapae/verify/express'
import { mapae as mapaeFastify } from '@mapae/verify/fastify'
import { mapae as mapaeHono } from '@mapae/verify/hono'
import { mapae as mapaeNode } from '@mapae/verify/node'
import express from 'express'
import { auth as expressOauth2JwtBearer } from 'express-oauth2-jwt-bearer'
import fastify from 'fastify'
import { Hono } from 'hono'
import { jwk as honoJwk } from 'hono/jwk'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'

const [name = '', issuer = '', pemFile = ''] = process.argv.slice(2)
const audience = 'https://api.example.com'
const pem = readFileSync(pemFile, 'utf8')
const jwk = { ...createPublicKey(pem).export({ format: 'jwk' }), alg: 'ES256', kid: 'test-1' }
const options = { issuer, audience, freshness: { whenBehind: 'closed', afterSeconds: 30 } }

/** Awaited before anybody calls, as the guide says. */
async function ready(auth) {
  await auth.ready()
  return auth
}

function listen(listener) {
  const server = createServer(listener)
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
}

const inExpress = (...guards) => {
  const app = express()
  app.get('/', ...guards, (request, response) => {
    response.json({ sub: (request.auth?.payload ?? request.auth ?? request.user ?? {}).sub })
  })
  listen(app)
}

const inFastify = async (prepare, onRequest, subOf) => {
  const app = fastify()
  await prepare(app)
  app.get('/', { onRequest }, (request) => ({ sub: subOf(request) }))
  await app.ready()
  listen((request, response) => app.routing(request, response))
}

const inHono = (subOf, ...guards) => {
  const app = new Hono()
  app.get('/', ...guards, (context) => context.json({ sub: subOf(context) }))
  const listener = getRequestListener(app.fetch)
  listen((incoming, outgoing) => void listener(incoming, outgoing))
}

const fastifyWith = (cache) =>
  inFastify(
    (app) =>
      app.register(fastifyJwt, {
        secret: { public: pem },
        verify: {
          algorithms: ['ES256'],
          allowedIss: issuer,
          allowedAud: audience,
          checkTyp: 'at+jwt',
          cache,
        },
      }),
    async (request) => {
      await request.jwtVerify()
    },
    ({ user }) => user.sub,
  )

/** Each told to check signature, issuer, audience and times, with its keys at hand. */
const servers = {
  'express: no token asked for': () => inExpress(),
  'express: @mapae/verify': async () => inExpress((await ready(mapaeExpress(options)))()),
  'express: express-oauth2-jwt-bearer': () =>
    inExpress(
      expressOauth2JwtBearer({
        issuer,
        audience,
        jwksUri: `${issuer}/.well-known/jwks.json`,
        tokenSigningAlg: 'ES256',
        strict: true,
      }),
    ),
  'express: passport-jwt': () => {
    const verify = (claims, done) => done(null, claims)
    const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
    const settings = { jwtFromRequest, secretOrKey: pem, issuer, audience, algorithms: ['ES256'] }
    passport.use(new Strategy(settings, verify))
    inExpress(passport.authenticate('jwt', { session: false }))
  },
  'fastify: no token asked for': () =>
    inFastify(
      () => {},
      (_request, _reply, done) => done(),
      () => undefined,
    ),
  'fastify: @mapae/verify': async () => {
    const auth = await ready(mapaeFastify(options))
    await inFastify(
      () => {},
      auth(),
      (request) => request.auth.sub,
    )
  },
  'fastify: @fastify/jwt': () => fastifyWith(false),
  'fastify: @fastify/jwt, its cache on': () => fastifyWith(4096),
  'hono: no token asked for': () => inHono(() => undefined),
  'hono: @mapae/verify': async () =>
    inHono((context) => context.var.auth.sub, (await ready(mapaeHono(options)))()),
  'hono: hono/jwk': () => {
    const verification = { iss: issuer, aud: audience, typ: 'at+jwt' }
    const guard = honoJwk({ keys: [jwk], alg: ['ES256'], verification })
    inHono((context) => context.get('jwtPayload').sub, guard)
  },
  'node:http: no token asked for': () => listen((_request, response) => response.end('{}')),
  'node:http: @mapae/verify': async () => {
    const auth = await ready(mapaeNode(options))
    listen(auth()((_request, response, { sub }) => response.end(JSON.stringify({ sub }))))
  },
}

await servers[name]()

/** Names of servers.js: the framework, and what asks for a token in it. Each after its floor. */
export const CONTESTANTS = [
  'express: no token asked for',
  'express: @mapae/verify',
  'express: express-oauth2-jwt-bearer',
  'express: passport-jwt',
  'fastify: no token asked for',
  'fastify: @mapae/verify',
  'fastify: @fastify/jwt',
  'fastify: @fastify/jwt, its cache on',
  'hono: no token asked for',
  'hono: @mapae/verify',
  'hono: hono/jwk',
  'node:http: no token asked for',
  'node:http: @mapae/verify',
] as const

/** `known`: each client keeps its token, as clients do. `new`: no token comes a second time. */
export const TRAFFICS = ['known', 'new'] as const

export type Traffic = (typeof TRAFFICS)[number]

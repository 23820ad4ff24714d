import { z } from 'zod'

import { openApiDocument } from '../openapi.ts'
import { openRoute, type Answer, type Route } from '../route.ts'

export function openApiRoute(routes: readonly Route[], issuer: string): Route {
  let document: object | undefined
  const route: Route = openRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI document',
    body: null,
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    errors: [],
    handle: (): Answer => ({
      status: 200,
      json: (document ??= openApiDocument([...routes, route], issuer)),
      headers: { 'Cache-Control': 'public, max-age=300' },
    }),
  })
  return route
}

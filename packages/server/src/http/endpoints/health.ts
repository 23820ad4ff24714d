import { z } from 'zod'

import { openRoute } from '../route.ts'

const schema = z.object({ status: z.literal('ok') })

export function healthRoute() {
  return openRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    body: null,
    answers: { 200: schema },
    errors: [],
    handle: () => ({ status: 200, json: { status: 'ok' } }),
  })
}

export function readyRoute(pingStorage: () => Promise<void>) {
  return openRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests can be served: the database answers',
    body: null,
    answers: { 200: schema },
    errors: ['storage_unavailable'],
    async handle() {
      await pingStorage()
      return { status: 200, json: { status: 'ok' } }
    },
  })
}

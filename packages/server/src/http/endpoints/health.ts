import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
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

export function readyRoute(pingStorage: () => Promise<void>, isStopping: () => boolean) {
  return openRoute({
    method: 'GET',
    path: '/readyz',
    summary:
      'Whether to send requests here: the database answers, and the server is not about to stop',
    body: null,
    answers: { 200: schema },
    errors: ['storage_unavailable', 'server_stopping'],
    async handle() {
      if (isStopping()) throw new MapaeError('server_stopping', { retryAfterSeconds: 1 })
      await pingStorage()
      return { status: 200, json: { status: 'ok' } }
    },
  })
}

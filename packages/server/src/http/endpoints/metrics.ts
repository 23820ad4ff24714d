import { MapaeError } from '../../domain/errors.ts'
import type { Metrics } from '../metrics.ts'
import { openRoute } from '../route.ts'

const FORWARDED = ['forwarded', 'x-forwarded-for'] as const

/** For whoever reaches the node itself: to those who come through the proxy it does not exist. */
export function metricsRoute(metrics: Metrics) {
  return openRoute({
    method: 'GET',
    path: '/metrics',
    summary: 'Counts and gauges of this node, for Prometheus',
    body: null,
    answers: { 200: null },
    errors: ['not_found'],
    handle({ headers }) {
      if (FORWARDED.some((name) => headers.has(name))) throw new MapaeError('not_found')
      return {
        status: 200,
        text: metrics.text(),
        headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
      }
    },
  })
}

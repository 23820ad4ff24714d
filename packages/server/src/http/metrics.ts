import type { RequestLog } from './app.ts'

/** Every family of metrics: its type and what it tells. Labels never hold what a client chose. */
export const metricTable = {
  mapae_requests_total: {
    type: 'counter',
    help: 'Requests answered, by method, route pattern and status.',
  },
  mapae_refreshes_total: {
    type: 'counter',
    help: 'Refresh tokens presented, by what the rotation rules decided.',
  },
  mapae_password_hashes: {
    type: 'gauge',
    help: 'Password hashes being computed, and sign-ins waiting for theirs.',
  },
  mapae_revocation_subscribers: {
    type: 'gauge',
    help: 'Resource servers that listen to the feed of revocations of this node.',
  },
  mapae_revocation_entries: {
    type: 'gauge',
    help: 'Revocations that tokens may still be alive of.',
  },
  mapae_revocation_lag_seconds: {
    type: 'gauge',
    help: 'Seconds since this node last read what other nodes revoked.',
  },
} as const satisfies Record<string, { type: 'counter' | 'gauge'; help: string }>

type MetricName = keyof typeof metricTable
type Labels = Readonly<Record<string, string | number>>

/** Values at the moment of asking, of all that is not counted here. */
export type ReadValues = () => readonly (readonly [
  name: MetricName,
  labels: Labels,
  value: number,
])[]

export interface Metrics {
  readonly countRequest: RequestLog
  /** Spec: Prometheus text exposition format 0.0.4. */
  text(): string
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])

export function createMetrics(readValues: ReadValues): Metrics {
  const counted = new Map<string, { readonly labels: Labels; times: number }>()

  return {
    countRequest({ method, route, status }) {
      const known = METHODS.has(method) ? method : 'other'
      const key = `${known} ${status} ${route}`
      const before = counted.get(key)
      if (before !== undefined) before.times += 1
      else counted.set(key, { labels: { method: known, route, status }, times: 1 })
    },
    text() {
      const counts = [...counted.values()].map(
        ({ labels, times }) => [seriesOf('mapae_requests_total', labels), times] as const,
      )
      const now = readValues().map(
        ([name, labels, value]) => [seriesOf(name, labels), value] as const,
      )
      const byName = Map.groupBy([...counts, ...now], ([series]) => /^\w+/.exec(series)![0])
      return Object.entries(metricTable)
        .map(([name, { type, help }]) => {
          const lines = (byName.get(name) ?? []).map(([series, value]) => `${series} ${value}\n`)
          return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
        })
        .join('')
    },
  }
}

/** Label values are route patterns, words and numbers: nothing in them needs escaping. */
function seriesOf(name: MetricName, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

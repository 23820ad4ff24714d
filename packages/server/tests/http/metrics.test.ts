import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { metricTable } from '../../src/http/metrics.ts'
import { createTestMapae, ISSUER, PASSWORD, type TestMapae } from '../test-mapae.ts'

let server: TestMapae
before(async () => {
  server = await createTestMapae()
})
after(() => server.close())

async function scrape(headers: Record<string, string> = {}) {
  const response = await server.mapae.fetch(new Request(`${ISSUER}/metrics`, { headers }))
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function value(series: string): Promise<number | undefined> {
  const { text } = await scrape()
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

test('requests are counted by route and status, refreshes by what came of them', async () => {
  const first = await server.signUp('counted')
  const refresh = (token: string, key?: string) =>
    server.call(
      'POST',
      '/v1/refresh',
      { refresh_token: token },
      key ? { 'Idempotency-Key': key } : {},
    )
  await refresh(first.refresh_token)
  await refresh(first.refresh_token)
  server.clock.advance(11)
  const { body } = await refresh(first.refresh_token)
  await refresh(body.refresh_token)
  server.clock.advance(11)
  await refresh(first.refresh_token)
  await refresh(first.refresh_token)
  await refresh('forged')
  await server.call('GET', `/v1/sessions/secret-in-a-path`)
  await server.call('GET', '/secret-in-a-path')
  // Until it has read by the clock of now.
  await sleep(300)
  const counted = {
    'mapae_refreshes_total{outcome="rotated"}': 2,
    'mapae_refreshes_total{outcome="raced"}': 1,
    'mapae_refreshes_total{outcome="recovered"}': 1,
    'mapae_refreshes_total{outcome="reuse_detected"}': 1,
    'mapae_refreshes_total{outcome="refused"}': 1,
    'mapae_requests_total{method="POST",route="/v1/signup",status="201"}': 1,
    'mapae_requests_total{method="POST",route="/v1/refresh",status="200"}': 4,
    'mapae_requests_total{method="POST",route="/v1/refresh",status="400"}': 3,
    'mapae_requests_total{method="GET",route="/v1/sessions/{id}",status="405"}': 1,
    'mapae_requests_total{method="GET",route="unknown",status="404"}': 1,
    mapae_revocation_entries: 1,
    mapae_revocation_subscribers: 0,
    mapae_revocation_lag_seconds: 0,
    'mapae_password_hashes{state="running"}': 0,
    'mapae_password_hashes{state="waiting"}': 0,
  }
  for (const [series, expected] of Object.entries(counted)) {
    assert.equal(await value(series), expected, series)
  }
})

test('every line is as Prometheus reads it, and nothing in it came from a client', async () => {
  const { access_token, user } = await server.signUp('hidden')
  const odd = new Request(`${ISSUER}/v1/me?token=${access_token}`, { method: 'PROPFIND' })
  await server.mapae.fetch(odd)
  await server.call('GET', `/${user.id}"} 1\nevil 1`)
  const { headers, text } = await scrape()
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  for (const line of text.trimEnd().split('\n')) {
    assert.match(
      line,
      /^# (HELP \w+ .+\.|TYPE \w+ (counter|gauge))$|^\w+(\{(\w+="[\w/{}.-]+",?)+\})? \d+$/,
    )
  }
  assert.ok(text.includes('method="other"'))
  for (const secret of [access_token, user.id, 'hidden', PASSWORD, 'evil', 'PROPFIND']) {
    assert.ok(!text.includes(secret), secret)
  }
})

test('whoever comes through a proxy is told that there is nothing', async () => {
  for (const name of ['Forwarded', 'X-Forwarded-For']) {
    const { status, text } = await scrape({ [name]: 'for=192.0.2.1' })
    assert.deepEqual([status, JSON.parse(text).code], [404, 'not_found'])
  }
})

test('both guides name every metric', () => {
  for (const language of ['en', 'ko']) {
    const path = new URL(`../../../../docs/${language}/deployment.md`, import.meta.url)
    const guide = readFileSync(path, 'utf8')
    for (const name of Object.keys(metricTable)) assert.ok(guide.includes(`\`${name}\``), name)
  }
})

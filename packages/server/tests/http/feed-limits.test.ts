import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'

import { createFeedLimits } from '../../src/http/feed-limits.ts'
import { basic, createOAuthWorld } from '../oauth/relying-party.ts'
import { createTestClock, createTestMapae, ISSUER } from '../test-mapae.ts'

const server = await createTestMapae()
after(() => server.close())
beforeEach(() => server.clock.advance(60))

const STREAM = { Accept: 'text/event-stream' }

function ask(from: string, headers = {}, cursor = '') {
  return server.mapae.fetch(new Request(`${ISSUER}/v1/revocations${cursor}`, { headers }), {
    incoming: { socket: { remoteAddress: from } },
  })
}

test('one network has so many pages signed in a minute, made up places among them', async () => {
  for (let count = 0; count < 1200; count++) {
    const answer = await ask(
      `2001:db8::${count}`,
      {},
      `?cursor=AAAAAAAA.0.${1_700_000_000 + count}`,
    )
    assert.equal(answer.status, 200)
  }
  for (const headers of [{}, STREAM]) {
    const refused = await ask('2001:db8::ffff', headers)
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after')!, /^\d+$/)
  }
  assert.equal((await ask('2001:db8:0:1::1')).status, 200)
  server.clock.advance(60)
  assert.equal((await ask('2001:db8::1')).status, 200)
})

test('one network holds so many streams, and gets a place back when one ends', async () => {
  const open: ReadableStream[] = []
  for (let count = 0; count < 200; count++) {
    const { status, body } = await ask('198.51.100.7', STREAM)
    assert.equal(status, 200)
    open.push(body!)
  }
  assert.equal(server.mapae.feed.subscriberCount, 200)
  const refused = await ask('198.51.100.7', STREAM)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '30'])
  const other = await ask('198.51.100.8', STREAM)
  assert.equal(other.status, 200)
  await Promise.all([open.pop()!.cancel(), other.body!.cancel()])
  open.push((await ask('198.51.100.7', STREAM)).body!)
  assert.equal((await ask('198.51.100.7', STREAM)).status, 429, 'one place for one that ended')
  server.mapae.feed.stop()
  assert.equal(server.mapae.feed.subscriberCount, 0)
  const again = await ask('198.51.100.7', STREAM)
  assert.equal(again.status, 200, 'whoever ends them')
  await again.body!.cancel()
})

test('half of the connections of a node are for others, however many networks ask', () => {
  const limits = createFeedLimits(createTestClock())
  const give = Array.from({ length: 5000 }, (_one, index) =>
    limits.takePlace(`2001:db8:0:${(index % 50).toString(16)}::1`),
  )
  const busy = { code: 'server_busy' }
  assert.throws(() => limits.takePlace('198.51.100.7'), busy)
  assert.throws(() => limits.takePlace(null), busy)
  give[0]!()
  limits.takePlace('198.51.100.7')
})

test('clients that are known to read the feed are not limited', async () => {
  const world = await createOAuthWorld({ revocationFeed: 'private' })
  after(() => world.close())
  const secret = await world.createClient('orders-api', {
    authenticationMethod: 'client_secret_basic',
    grants: ['client_credentials'],
    redirectUris: [],
    scopes: ['revocations'],
    audiences: [ISSUER],
  })
  const form = { grant_type: 'client_credentials', scope: 'revocations' }
  const { body } = await world.token(form, basic('orders-api', secret))
  const headers = world.bearer(body.access_token)
  for (let count = 0; count <= 1200; count++) {
    assert.equal((await world.call('GET', '/v1/revocations', undefined, headers)).status, 200)
  }
})

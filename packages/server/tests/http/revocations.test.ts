import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

import { createLocalJWKSet, jwtVerify } from 'jose'

import { DPOP_OFFER } from '../../src/tokens/dpop-proof.ts'
import { createTestMapae, ISSUER, listen, type TestMapae } from '../test-mapae.ts'
import { hasSession, readFeed } from './feed-reader.ts'

let server: TestMapae
let web: Awaited<ReturnType<typeof listen>>
before(async () => {
  server = await createTestMapae({ signInLimitAccount: 1000 })
  web = await listen(server)
})
after(async () => {
  await web.close()
  await server.close()
})

const claimsOf = (token: string): any =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

async function page(of: TestMapae, cursor?: string) {
  const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
  return claimsOf((await of.call('GET', `/v1/revocations${query}`)).body.revocations)
}

const openDatabaseWriter = (databaseUrl: string) =>
  new DatabaseSync(databaseUrl.slice('sqlite:'.length))

/** A session that has ended; its identifier. */
async function endOne(of: TestMapae, username: string): Promise<string> {
  const { access_token, refresh_token } = await of.signUp(username)
  await of.call('POST', '/v1/logout', { refresh_token })
  return claimsOf(access_token).sid
}

test('a page is a token of the issuer, and an ended session is on it at once', async () => {
  const sid = await endOne(server, 'paged')
  const { status, headers, body } = await server.call('GET', '/v1/revocations')
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'application/json')
  assert.equal(headers.get('cache-control'), 'public, max-age=1')
  assert.equal(headers.get('vary'), 'Accept')
  assert.deepEqual(Object.keys(body), ['revocations'])

  const jwks = (await server.call('GET', '/.well-known/jwks.json')).body
  const { payload } = await jwtVerify(body.revocations, createLocalJWKSet(jwks), {
    issuer: ISSUER,
    typ: 'revocations+jwt',
    currentDate: new Date(server.clock.milliseconds()),
  })
  const forgetAt = server.clock.seconds() + 660
  assert.deepEqual(payload['sessions'], [[sid, forgetAt]])
  assert.deepEqual([payload['from'], payload['more']], [undefined, undefined])

  const next = await endOne(server, 'paged-next')
  const { from, sessions } = await page(server, payload['cursor'] as string)
  assert.deepEqual([from, sessions], [payload['cursor'], [[next, forgetAt]]])
})

test('whatever ends sessions is on the page: everywhere, a password, a disabled user, a key', async () => {
  const own = await createTestMapae()
  try {
    const { access_token, user } = await own.signUp('busy')
    const others = [
      (
        await own.call('POST', '/v1/login', {
          username: 'busy',
          password: 'purple-otter-vs-9-lamps',
        })
      ).body,
    ]
    const sids = [access_token, ...others.map((one) => one.access_token)].map(
      (t) => claimsOf(t).sid,
    )
    const password = {
      current_password: 'purple-otter-vs-9-lamps',
      new_password: 'violet-badger-vs-7-drums',
    }
    const { cursor } = await page(own)
    await own.call('POST', '/v1/password', password, own.bearer(access_token))
    const changed = await page(own, cursor)
    assert.deepEqual(
      changed.sessions.map(([sid]: [string]) => sid),
      [sids[1]],
    )
    // Nothing is said of the user, whose own session goes on with the tokens it has.
    assert.equal(changed.users, undefined)
    await own.call('POST', '/v1/logout', { everywhere: true }, own.bearer(access_token))
    const left = await page(own, changed.cursor)
    assert.deepEqual([left.sessions[0][0], left.users], [sids[0], undefined])

    await own.mapae.accounts.disable(user.id)
    const now = own.clock.seconds()
    assert.deepEqual((await page(own, left.cursor)).users, [[user.id, now + 60, now + 660]])

    const [{ kid }] = own.mapae.signingKeys.publicJwks.keys as [{ kid: string }]
    await own.mapae.keyRotation.withdraw(kid)
    let withdrawn = await page(own, left.cursor)
    while (withdrawn.keys === undefined) {
      await sleep(20)
      withdrawn = await page(own, left.cursor)
    }
    assert.deepEqual(withdrawn.keys, [[kid, now + 660]])
    // It is signed by the key that took over.
    const { body } = await own.call('GET', '/v1/revocations')
    const header = JSON.parse(Buffer.from(body.revocations.split('.')[0], 'base64url').toString())
    assert.notEqual(header.kid, kid)
  } finally {
    await own.close()
  }
})

test('a storm fills pages of a megabyte, which are signed and lead on to the end', async () => {
  const own = await createTestMapae()
  try {
    const count = 25_000
    const rows = openDatabaseWriter(own.config.databaseUrl)
    rows.exec(`INSERT INTO users (id, username, username_key, password_hash, credential_version,
      created_at, is_demo) VALUES ('u', 'u', 'u', 'x', 1, 0, 0)`)
    rows.exec(`WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number
        WHERE n < ${count})
      INSERT INTO sessions (id, user_id, client_id, audience, live, spent, created_at,
        last_used_at, idle_expires_at, absolute_expires_at, ended_at, ended_reason)
      SELECT printf('%022d', n), 'u', 'c', 'a', 1, 0, 0, 0, 0, 0, ${own.clock.seconds()}, 'logout'
      FROM number`)
    rows.close()
    await own.restart()
    const jwks = createLocalJWKSet((await own.call('GET', '/.well-known/jwks.json')).body)
    let cursor: string | undefined
    let seen = 0
    let pages = 0
    for (let hasMore = true; hasMore; pages++) {
      const query = cursor === undefined ? '' : `?cursor=${cursor}`
      const { body } = await own.call('GET', `/v1/revocations${query}`)
      assert.ok(body.revocations.length <= 1_048_576, `${body.revocations.length} characters`)
      const { payload } = await jwtVerify(body.revocations, jwks, {
        currentDate: new Date(own.clock.milliseconds()),
      })
      seen += (payload['sessions'] as unknown[]).length
      cursor = payload['cursor'] as string
      hasMore = payload['more'] === true
    }
    assert.deepEqual([seen, pages], [count, 2])
  } finally {
    await own.close()
  }
})

test('a cursor outlives the process that gave it', async () => {
  const own = await createTestMapae()
  try {
    await endOne(own, 'early')
    own.clock.advance(60)
    await sleep(300)
    const { cursor } = await page(own)
    await own.restart()
    const sid = await endOne(own, 'late')
    const next = await page(own, cursor)
    assert.equal(next.from, cursor)
    // What was there at the start was learned at the start.
    assert.deepEqual(next.sessions.map(([one]: [string]) => one).at(-1), sid)
  } finally {
    await own.close()
  }
})

test('a stream begins with everything, tells at once what is revoked, and goes on after a cut', async () => {
  const earlier = await endOne(server, 'earlier')
  const feed = await readFeed(web.url)
  assert.equal(feed.status, 200)
  assert.equal(feed.headers['content-type'], 'text/event-stream')
  assert.equal(feed.headers['cache-control'], 'no-store')
  const first = await feed.event(hasSession(earlier))
  assert.equal(first.claims.from, undefined)
  assert.equal(first.id, first.claims.cursor)

  const during = await endOne(server, 'during')
  const told = await feed.event(hasSession(during))
  assert.equal(told.claims.from, first.id)
  feed.close()
  await feed.ended

  const missed = await endOne(server, 'missed')
  const again = await readFeed(web.url, { 'Last-Event-ID': told.id })
  const resumed = await again.event(hasSession(missed))
  assert.deepEqual([resumed.claims.from, resumed.claims.sessions.length], [told.id, 1])
  again.close()
  await again.ended
})

test('all subscribers get the same bytes, and those that are gone are forgotten', async () => {
  const feeds = await Promise.all(Array.from({ length: 20 }, () => readFeed(web.url)))
  for (const feed of feeds) await feed.event(() => true)
  const sid = await endOne(server, 'for-all')
  const told = await Promise.all(feeds.map((feed) => feed.event(hasSession(sid))))
  assert.equal(new Set(told.map(({ claims }) => JSON.stringify(claims))).size, 1)
  for (const feed of feeds) feed.close()
  while (server.mapae.feed.subscriberCount > 0) await sleep(5)
})

test('HEAD, and whoever does not ask for a stream, gets a page', async () => {
  for (const accept of ['*/*', 'application/json', 'text/html']) {
    const { headers } = await server.call('GET', '/v1/revocations', undefined, { Accept: accept })
    assert.equal(headers.get('content-type'), 'application/json')
  }
  const headers = { Accept: 'text/event-stream' }
  const head = await server.mapae.fetch(
    new Request(`${ISSUER}/v1/revocations`, { method: 'HEAD', headers }),
  )
  assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'application/json'])
  assert.equal(server.mapae.feed.subscriberCount, 0)
})

test('a cursor that is none is a mistake of the caller', async () => {
  for (const query of [`cursor=${'a'.repeat(129)}`, 'cursor=a%20b', 'cursor=a&cursor=b', 'x=1']) {
    const { status, body } = await server.call('GET', `/v1/revocations?${query}`)
    assert.deepEqual([status, body.code], [400, 'invalid_request'], query)
  }
})

test('a private feed is for those who have a token for it', async () => {
  const own = await createTestMapae({ revocationFeed: 'private' })
  try {
    const none = await own.call('GET', '/v1/revocations')
    assert.deepEqual([none.status, none.body.code], [401, 'authentication_required'])
    assert.equal(none.headers.get('www-authenticate'), `Bearer, ${DPOP_OFFER}`)
    const bad = await own.call('GET', '/v1/revocations', undefined, own.bearer('x'))
    assert.deepEqual([bad.status, bad.body.code], [401, 'invalid_token'])
    const { access_token } = await own.signUp()
    for (const accept of ['application/json', 'text/event-stream']) {
      const headers = { ...own.bearer(access_token), Accept: accept }
      const users = await own.call('GET', '/v1/revocations', undefined, headers)
      assert.deepEqual([users.status, users.body.code], [403, 'insufficient_scope'])
      assert.equal(
        users.headers.get('www-authenticate'),
        'Bearer error="insufficient_scope", scope="revocations"',
      )
      assert.equal(users.headers.get('cache-control'), 'no-store')
    }
  } finally {
    await own.close()
  }
})

test('a node that leaves ends its streams and takes no new ones, and pages go on', async () => {
  const own = await createTestMapae()
  const listening = await listen(own)
  try {
    const feed = await readFeed(listening.url)
    await feed.event(() => true)
    own.mapae.announceStop()
    await feed.ended
    const refused = await own.call('GET', '/v1/revocations', undefined, {
      Accept: 'text/event-stream',
    })
    assert.deepEqual([refused.status, refused.body.code], [503, 'server_stopping'])
    assert.equal((await own.call('GET', '/v1/revocations')).status, 200)
  } finally {
    await listening.close()
    await own.close()
  }
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { AccessTokenClaims } from '@mapae/verify'

import { createFeedAccess } from '../../../packages/verify/src/issuer/client-credentials.ts'
import { createRemoteIssuer } from '../../../packages/verify/src/issuer/remote-issuer.ts'
import { FeedState } from '../../../packages/verify/src/revocations/feed-state.ts'
import { RevocationSet } from '../../../packages/verify/src/revocations/revocation-set.ts'
import { FeedSubscriber } from '../../../packages/verify/src/revocations/subscriber.ts'
import { FEED_TOPICS, readFeedCases, type FeedCase } from './feed-case.ts'
import { REVOKED_AFTER, REVOKED_BEFORE, startHostileFeed, VICTIM } from './hostile-feed.ts'

const cases = readFeedCases()
/** Nobody did wrong on purpose in these, as far as can be told. */
const NO_REFUSAL = new Set(['feed_ended', 'feed_silent', 'feed_unreachable'])
let ran = 0

before(() => {
  const names = cases.map(({ name }) => name)
  assert.deepEqual(new Set(names).size, names.length)
  assert.deepEqual(new Set(cases.map(({ topic }) => topic)), new Set(FEED_TOPICS))
})
after(() =>
  console.log(`${ran} attacks on the feed in ${FEED_TOPICS.length} topics, nothing believed`),
)

/** A verifier's feed, its clock in the test's hand and its patience short. */
function follow(issuerUrl: string, one: FeedCase, clock: () => number) {
  const surroundings = { fetch: globalThis.fetch.bind(globalThis), clock, random: () => 0 }
  const issuer = createRemoteIssuer(issuerUrl, surroundings)
  const set = new RevocationSet()
  const state = new FeedState(issuerUrl, issuer.keys, set, clock)
  const access = createFeedAccess(undefined, issuer, surroundings)
  const subscriber = new FeedSubscriber(issuer, access, state, surroundings, {
    mode: one.page === undefined ? 'stream' : 'poll',
    pollSeconds: 0.01,
    silenceMilliseconds: one.topic === 'drip' ? 1500 : 20_000,
  })
  const isRevoked = (sid: string) =>
    set.find({ sid, sub: 'a', client_id: 'b', iat: clock() } as AccessTokenClaims) !== undefined
  return { set, state, subscriber, isRevoked }
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (const start = performance.now(); !isTrue();) {
    assert.ok(performance.now() - start < 20_000, `waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

for (const one of cases) {
  test(`${one.topic}: ${one.name}`, async () => {
    let now = 1_800_000_000
    const clock = () => now
    const feed = await startHostileFeed(one, clock)
    const { set, state, subscriber, isRevoked } = follow(feed.issuer, one, clock)
    try {
      subscriber.start()
      await subscriber.caughtUp
      const asked = one.page === undefined ? 2 : 3
      await until(
        () => subscriber.lastError === one.error,
        `${one.error}, not ${subscriber.lastError}`,
      )
      await until(() => feed.asked === asked, 'another attempt')
      assert.equal(subscriber.lastError, one.error)
      assert.equal(subscriber.refusals, NO_REFUSAL.has(one.error) ? 0 : 1)
      assert.equal(set.size, 2)
      assert.equal(isRevoked(REVOKED_BEFORE), true)
      assert.equal(isRevoked(VICTIM), false)
      assert.equal(state.cursor, '1')
      assert.equal(state.lagSeconds, 0)
      now += 21
      assert.equal(state.lagSeconds, 21)

      feed.becomeGood()
      await until(() => isRevoked(REVOKED_AFTER), 'a good feed')
      await until(() => state.lagSeconds === 0, 'freshness')
      assert.equal(state.cursor, '2')
      assert.equal(subscriber.lastError, undefined)
      ran++
    } finally {
      subscriber.close()
      await feed.close()
    }
  })
}

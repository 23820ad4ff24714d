import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { EventName } from '../../../src/domain/event.ts'
import type { StoredKey } from '../../../src/domain/signing-key.ts'
import type { Seconds } from '../../../src/domain/time.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, newEvent } from '../rows.ts'

const AT_ONCE = 20

function key(kid: string, changes: Partial<StoredKey> = {}): StoredKey {
  return {
    kid,
    purpose: 'access_token',
    algorithm: 'ES256',
    sealedJwk: `sealed ${kid}`,
    createdAt: NOW,
    signsFrom: NOW,
    longestTokenSeconds: 600 as Seconds,
    retiredAt: null,
    withdrawnAt: null,
    ...changes,
  }
}

function event(name: EventName, kid: string) {
  return { ...newEvent(name), details: { kid } }
}

export function testSigningKeys(engine: TestEngine): void {
  testPublishing(engine)
  testEnding(engine)
}

function testPublishing({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: the first living key of a purpose is stored, with its event`, () =>
    withStores(async ({ keys, events }) => {
      const other = key('three', { purpose: 'refresh_token' })
      assert.equal(await keys.insertFirst(key('one'), event('key.published', 'one')), true)
      assert.equal(await keys.insertFirst(key('two'), event('key.published', 'two')), false)
      assert.equal(await keys.insertFirst(other, event('key.published', 'three')), true)
      assert.deepEqual(await keys.list(), [key('one'), other])
      const told = (await events.newest(10)).map(({ details }) => details['kid'])
      assert.deepEqual(told, ['one', 'three'])

      await keys.withdraw('one', event('key.withdrawn', 'one'), null)
      assert.equal(await keys.insertFirst(key('two'), event('key.published', 'two')), true)
    }))

  test(`${dialect}: the first keys of nodes that start at the same moment are one a purpose`, () =>
    withStores(async ({ keys, events }) => {
      const made = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          keys.insertFirst(key(`kid ${index}`), event('key.published', `kid ${index}`)),
        ),
      )
      assert.equal(made.filter(Boolean).length, 1)
      assert.equal((await keys.list()).length, 1)
      assert.equal((await events.newest(10)).length, 1)
    }))

  test(`${dialect}: of nodes that publish the next key at the same moment one does`, () =>
    withStores(async ({ keys, events }) => {
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      await keys.insertFirst(
        key('other', { purpose: 'refresh_token', signsFrom: at(1000) }),
        event('key.published', 'other'),
      )
      const made = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          keys.insertNext(
            key(`kid ${index}`, { createdAt: at(1), signsFrom: at(100) }),
            'one',
            event('key.published', `kid ${index}`),
          ),
        ),
      )
      assert.equal(made.filter(Boolean).length, 1)
      const winner = `kid ${made.indexOf(true)}`
      assert.deepEqual(
        (await keys.list()).map(({ kid }) => kid),
        ['one', winner, 'other'],
      )
      assert.equal((await events.newest(10)).at(-1)!.details['kid'], winner)
      assert.equal((await events.newest(10)).length, 3)
    }))

  test(`${dialect}: the next key follows the last living one`, () =>
    withStores(async ({ keys }) => {
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      const two = key('two', { signsFrom: at(10) })
      assert.equal(await keys.insertNext(two, 'one', event('key.published', 'two')), true)
      await keys.withdraw('two', event('key.withdrawn', 'two'), null)
      const three = key('three', { signsFrom: at(5) })
      assert.equal(await keys.insertNext(three, 'two', event('key.published', 'three')), false)
      assert.equal(await keys.insertNext(three, 'one', event('key.published', 'three')), true)
    }))
}

function testEnding({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a key is retired or withdrawn once; its secret goes, its row stays`, () =>
    withStores(async ({ keys, events }) => {
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      const retired = { ...event('key.retired', 'one'), at: at(7) }
      const answers = await Promise.all([
        keys.retire('one', retired),
        keys.retire('one', retired),
        keys.retire('nobody', event('key.retired', 'nobody')),
      ])
      assert.ok(answers[0] !== answers[1], 'one of the two')
      assert.equal(answers[2], false)
      assert.equal(await keys.withdraw('one', event('key.withdrawn', 'one'), null), false)
      assert.deepEqual(await keys.list(), [key('one', { sealedJwk: null, retiredAt: at(7) })])
      const told = (await events.newest(10)).map(({ name }) => name)
      assert.deepEqual(told, ['key.published', 'key.retired'])
    }))

  test(`${dialect}: withdrawing and replacing is one change, and happens once`, () =>
    withStores(async ({ keys, events }) => {
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      const made = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          keys.withdraw(
            'one',
            { ...event('key.withdrawn', 'one'), at: at(3) },
            {
              key: key(`kid ${index}`, { signsFrom: at(1) }),
              event: event('key.published', `kid ${index}`),
            },
          ),
        ),
      )
      assert.equal(made.filter(Boolean).length, 1)
      assert.deepEqual(await keys.list(), [
        key('one', { sealedJwk: null, withdrawnAt: at(3) }),
        key(`kid ${made.indexOf(true)}`, { signsFrom: at(1) }),
      ])
      const told = (await events.newest(10)).map(({ name }) => name)
      assert.deepEqual(told, ['key.published', 'key.withdrawn', 'key.published'])
    }))

  test(`${dialect}: a replacement that cannot be stored leaves the key as it was`, () =>
    withStores(async ({ keys, events }) => {
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      const taken = { key: key('one'), event: event('key.published', 'one') }
      await assert.rejects(keys.withdraw('one', event('key.withdrawn', 'one'), taken))
      assert.deepEqual(await keys.list(), [key('one')])
      assert.equal((await events.newest(10)).length, 1)
    }))

  test(`${dialect}: the longest life of a token is only ever raised, for the living of a purpose`, () =>
    withStores(async ({ keys }) => {
      const second = key('two', { signsFrom: at(9) })
      const other = key('three', { purpose: 'refresh_token' })
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      await keys.insertNext(second, 'one', event('key.published', 'two'))
      await keys.insertFirst(other, event('key.published', 'three'))
      await keys.retire('one', event('key.retired', 'one'))
      await keys.raiseLongestToken('access_token', 900 as Seconds)
      await keys.raiseLongestToken('access_token', 300 as Seconds)
      const lives = (await keys.list()).map((one) => [one.kid, one.longestTokenSeconds])
      assert.deepEqual(Object.fromEntries(lives), { one: 600, two: 900, three: 600 })
    }))

  test(`${dialect}: a secret is resealed unless it changed since it was read`, () =>
    withStores(async ({ keys }) => {
      await keys.insertFirst(key('one'), event('key.published', 'one'))
      assert.equal(await keys.reseal('one', 'sealed one', 'again'), true)
      assert.equal(await keys.reseal('one', 'sealed one', 'and again'), false)
      await keys.retire('one', event('key.retired', 'one'))
      assert.equal(await keys.reseal('one', 'again', 'and again'), false)
      assert.equal((await keys.list())[0]!.sealedJwk, null)
    }))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Client } from 'pg'

import { MapaeError } from '../../src/domain/errors.ts'
import type { Seconds } from '../../src/domain/time.ts'
import { exchangeOfLive } from '../../src/sessions/rotation.ts'
import { createGather } from '../../src/storage/postgres/gather.ts'
import { openStores } from '../../src/storage/open-stores.ts'
import { createEngines, NOW } from './engines.ts'
import { newEvent, newSession, startOf, storeSession, storeUser } from './rows.ts'

const [, postgres] = createEngines()

interface Item {
  readonly key: string
  readonly fails?: boolean
}

/** Answers with its key; writes down who went together. */
function createRecorder(failureOfMany: (items: readonly Item[]) => Error | null = () => null) {
  const groups: string[][] = []
  const gather = createGather<Item, string>(
    ({ key }) => key,
    async ({ key, fails }) => {
      groups.push([key])
      if (fails) throw new Error(`${key} failed`)
      return key
    },
    async (items) => {
      groups.push(items.map(({ key }) => key))
      const failure = failureOfMany(items)
      if (failure !== null) throw failure
      return items.map(({ key }) => key)
    },
  )
  return { groups, gather }
}

test('who waits at the same moment goes together, a lone one alone, each with its own answer', async () => {
  const { groups, gather } = createRecorder()
  assert.equal(await gather({ key: 'a' }), 'a')
  const answers = await Promise.all(['b', 'c', 'd'].map((key) => gather({ key })))
  assert.deepEqual(answers, ['b', 'c', 'd'])
  assert.deepEqual(groups, [['a'], ['b', 'c', 'd']])
})

test('no group holds one key twice', async () => {
  const { groups, gather } = createRecorder()
  await Promise.all(['a', 'a', 'b', 'a'].map((key) => gather({ key })))
  assert.ok(groups.every((group) => new Set(group).size === group.length))
  assert.deepEqual(groups.flat().toSorted(), ['a', 'a', 'a', 'b'])
})

test('one that makes its group fail fails alone', async () => {
  const { gather } = createRecorder((items) =>
    items.some(({ fails }) => fails === true) ? new Error('the group failed') : null,
  )
  const outcomes = await Promise.allSettled([
    gather({ key: 'a' }),
    gather({ key: 'b', fails: true }),
    gather({ key: 'c' }),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('when the database is away, all of a group fail and nobody is sent again', async () => {
  const away = new MapaeError('storage_unavailable', { retryAfterSeconds: 1 })
  const { groups, gather } = createRecorder(() => away)
  const outcomes = await Promise.allSettled(['a', 'b'].map((key) => gather({ key })))
  assert.ok(outcomes.every((one) => one.status === 'rejected' && one.reason === away))
  assert.deepEqual(groups, [['a', 'b']])
})

test('whom the statement leaves out goes alone, and the others do not wait for that', async () => {
  const alone = Promise.withResolvers<string>()
  const gather = createGather<string, string>(
    (item) => item,
    () => alone.promise,
    async (items) => items.map((item) => (item === 'left out' ? undefined : item)),
  )
  const leftOut = gather('left out')
  assert.deepEqual(await Promise.all([gather('b'), gather('c')]), ['b', 'c'])
  alone.resolve('by itself')
  assert.equal(await leftOut, 'by itself')
})

test('a user whom another writer holds does not hold up the sign-ins of others', async () => {
  const url = await postgres!.createDatabase()
  const stores = await openStores(url, 'apply', NOW)
  const [held, free] = [await storeUser(stores), await storeUser(stores)]
  const writer = new Client({ connectionString: url })
  await writer.connect()
  await writer.query('BEGIN')
  await writer.query('UPDATE users SET credential_version = 2 WHERE id = $1', [held.id])

  const start = ({ id }: typeof held) => stores.sessions.start(startOf(newSession(id)))
  const ofHeld = start(held)
  assert.equal(await start(free), true)
  await writer.query('COMMIT')
  await writer.end()
  assert.equal(await ofHeld, false, 'the proof was of the old password')
  await stores.close()
})

test('a session that another writer holds does not hold up the others of its group', async () => {
  const url = await postgres!.createDatabase()
  const stores = await openStores(url, 'apply', NOW)
  const user = await storeUser(stores)
  const [held, free] = [await storeSession(stores, user), await storeSession(stores, user)]
  const writer = new Client({ connectionString: url })
  await writer.connect()
  await writer.query('BEGIN')
  await writer.query('UPDATE sessions SET scope = $1 WHERE id = $2', ['x', held.id])

  const policy = { graceSeconds: 10, idleSeconds: 1000, lostResponse: 'recover' } as const
  const rotate = ({ id }: typeof held) => {
    const presented = { generation: 1, retryKeyHash: null }
    const typed = { ...policy, graceSeconds: 10 as Seconds, idleSeconds: 1000 as Seconds }
    return stores.sessions.rotateLive({
      ...exchangeOfLive(id, presented, typed, NOW),
      event: newEvent('token.refreshed'),
    })
  }
  const [ofHeld, ofFree] = await Promise.all([rotate(held), rotate(free)])
  assert.equal(ofHeld, null, 'read and decide')
  assert.equal(ofFree?.live, 2)

  await writer.query('ROLLBACK')
  await writer.end()
  const [later] = await Promise.all([rotate(held), rotate(free)])
  assert.equal(later?.live, 2)
  await stores.close()
})

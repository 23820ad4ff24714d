import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createScript, LIFETIME } from './feed-script.ts'

const HERE = 'nodeHere'
const THERE = 'nodeElse'

/** All identifiers of sessions on the pages from the cursor on, and where they led. */
function readAll(node: ReturnType<ReturnType<typeof createScript>['createNode']>, cursor?: string) {
  const sessions: string[] = []
  let from = cursor ?? null
  let pages = 0
  for (let hasMore = true; hasMore; pages++) {
    const page = node.pages.after(from)
    const claims = JSON.parse(page.token)
    assert.equal(claims.cursor, page.cursor)
    assert.equal(claims.more ?? false, page.hasMore)
    if (from !== null && pages > 0) assert.equal(claims.from, from)
    sessions.push(...(claims.sessions ?? []).map(([sid]: [string]) => sid))
    from = page.cursor
    hasMore = page.hasMore
  }
  return { sessions, cursor: from!, pages }
}

test('a snapshot has everything that may matter, what follows has the rest, once', async () => {
  const script = createScript()
  const node = script.createNode(HERE)
  const now = script.clock.seconds()
  script.commit('s1', now)
  script.commit('mina', now, 'user')
  script.commit('web', now, 'client')
  script.commit('k1', now, 'key')
  await script.readFor(1, node)
  const snapshot = node.claims()
  const forgetAt = now + LIFETIME + 60
  assert.deepEqual(snapshot, {
    iss: 'https://auth.example.com',
    iat: now + 1,
    exp: now + 1 + LIFETIME,
    cursor: node.pages.tip,
    sessions: [['s1', forgetAt]],
    users: [['mina', now + 60, forgetAt]],
    clients: [['web', now + 60, forgetAt]],
    keys: [['k1', forgetAt]],
  })
  assert.match(snapshot.cursor, /^[\x21-\x7e]{1,128}$/)

  script.commit('s2', now + 1)
  await script.readFor(1, node)
  const next = node.claims(snapshot.cursor)
  assert.deepEqual([next.from, next.sessions], [snapshot.cursor, [['s2', forgetAt + 1]]])
  assert.deepEqual([next.users, next.clients, next.keys], [undefined, undefined, undefined])
  const empty = node.claims(next.cursor)
  assert.deepEqual(
    [empty.from, empty.cursor, empty.sessions],
    [next.cursor, next.cursor, undefined],
  )
})

test('what no token outlives is on no page, and old cursors still lead on', async () => {
  const script = createScript()
  const node = script.createNode(HERE)
  script.commit('old', script.clock.seconds())
  await script.readFor(1, node)
  const { cursor } = node.claims()
  await script.readFor(LIFETIME + 61, node)
  script.commit('new', script.clock.seconds())
  await script.readFor(1, node)
  assert.deepEqual(readAll(node).sessions, ['new'])
  assert.deepEqual(readAll(node, cursor).sessions, ['new'])
  assert.equal(node.claims(cursor).from, cursor)
})

test('cursors that lead nowhere get a snapshot', async () => {
  const script = createScript()
  const node = script.createNode(HERE)
  script.commit('one', script.clock.seconds())
  await script.readFor(1, node)
  const tip = node.pages.tip.split('.')
  for (const cursor of [
    '',
    'x',
    'AAAAAAAA.1',
    `${HERE}.9999.${tip[2]}`,
    `${HERE}.-1.${tip[2]}`,
    `${HERE}.1.1.1`,
    `${THERE}.1.0`,
    `${node.pages.tip} `,
    `${HERE}.${'9'.repeat(16)}.1`,
  ]) {
    const claims = node.claims(cursor)
    assert.deepEqual([claims.from, claims.sessions.length], [undefined, 1], cursor)
  }
})

test('another node goes on from a cursor with what it learned since, however late it committed', async () => {
  for (const lateSeconds of [0, 5, 15, 45, 300]) {
    for (const phase of [0, 3, 7, 9]) {
      const script = createScript()
      const [here, there] = [script.createNode(HERE), script.createNode(THERE)]
      script.commit('long ago', script.clock.seconds())
      await script.readFor(60 + phase, here, there)
      const at = script.clock.seconds()
      await script.readFor(lateSeconds, here, there)
      // The subscriber's node dies before it reads the commit; the other one reads it.
      const { cursor, sessions } = readAll(here)
      assert.deepEqual(sessions, ['long ago'])
      script.commit('late', at)
      await script.readFor(20, there)
      const claims = there.claims(cursor)
      assert.equal(claims.from, cursor)
      assert.deepEqual(readAll(there, cursor).sessions, ['late'], `${lateSeconds} s, ${phase}`)
      const young = script.createNode('newNode_')
      await young.log.catchUp()
      assert.ok(readAll(young, cursor).sessions.includes('late'))
    }
  }
})

test('a long log comes in pages that fit, from anywhere, and none is skipped', async () => {
  const script = createScript()
  const [here, there] = [script.createNode(HERE), script.createNode(THERE)]
  const ids = Array.from({ length: 40_000 }, (_, index) => String(index).padStart(22, '0'))
  for (const id of ids) script.commit(id, script.clock.seconds())
  await script.readFor(1, here, there)
  const { sessions, pages, cursor } = readAll(here)
  assert.deepEqual(sessions, ids)
  assert.equal(pages, 3)
  assert.equal(cursor, here.pages.tip)
  const first = here.pages.after(null)
  // A third more in base64url, a header and a signature.
  assert.ok((first.token.length * 4) / 3 + 300 < 1_048_576, `${first.token.length}`)
  assert.deepEqual(readAll(here, first.cursor).sessions.at(-1), ids.at(-1))
  // In the middle of a snapshot nobody knows what is missing but the node that gave it.
  assert.equal(there.claims(first.cursor).from, undefined)
})

test('one page is signed once for all who ask for it in the same second', async () => {
  const script = createScript()
  const node = script.createNode(HERE)
  await script.readFor(1, node)
  const { cursor } = node.claims()
  const before = node.signatures()
  for (let count = 0; count < 100; count++) assert.equal(node.claims(cursor).from, cursor)
  assert.equal(node.signatures(), before + 1)
  script.commit('s1', script.clock.seconds())
  await script.readFor(1, node)
  assert.equal(node.claims(cursor).sessions.length, 1)
  const many = Array.from({ length: 100 }, (_, index) => `${THERE}.${index}.1700000000`)
  for (const other of many) node.claims(other)
  for (const other of many) assert.equal(node.claims(other).from, other)
})

test('a page is as old as what it knows: while the database is away its time stands still', async () => {
  const script = createScript()
  const node = script.createNode(HERE)
  await script.readFor(5, node)
  const { iat } = node.claims()
  assert.equal(iat, script.clock.seconds())
  script.setDown(true)
  await script.readFor(30, node)
  assert.equal(node.claims().iat, iat)
  script.setDown(false)
  await script.readFor(1, node)
  assert.equal(node.claims().iat, iat + 31)
})

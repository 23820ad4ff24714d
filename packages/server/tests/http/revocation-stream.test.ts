import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { UnixSeconds } from '../../src/domain/time.ts'
import { createRevocationStream } from '../../src/http/revocation-stream.ts'
import { createScript } from '../events/feed-script.ts'

const BEAT = 5_000
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A stream whose timers the test moves. */
async function createFeed(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const script = createScript()
  const node = script.createNode('nodeHere')
  await script.readFor(1, node)
  const stream = createRevocationStream(node.pages, script.clock)
  node.log.onAdd(() => stream.announce())
  t.after(() => stream.stop())
  return {
    ...script,
    node,
    stream,
    revoke(subject: string) {
      node.log.add([{ kind: 'session', subject, at: script.clock.seconds() }])
    },
    async pass(milliseconds: number) {
      t.mock.timers.tick(milliseconds)
      await turn()
    },
  }
}

/** Reads one batch: its claims; null at the end. */
function readerOf(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  return async (): Promise<any> => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return null
      const data = /^data: (.*)$/m.exec(decoder.decode(value))?.[1]
      if (data !== undefined) return JSON.parse(data)
    }
  }
}

test('every five seconds a batch says that nothing happened, signed once for all', async (t) => {
  const feed = await createFeed(t)
  const reads = Array.from({ length: 50 }, () => readerOf(feed.stream.subscribe(null)))
  const firsts = await Promise.all(reads.map((read) => read()))
  const signed = feed.node.signatures()
  for (let beats = 1; beats <= 3; beats++) {
    const next = Promise.all(reads.map((read) => read()))
    await turn()
    await feed.readFor(5, feed.node)
    await feed.pass(BEAT)
    const batches = await next
    assert.equal(feed.node.signatures(), signed + beats)
    for (const batch of batches) {
      assert.equal(batch.iat, firsts[0].iat + 5 * beats)
      assert.equal(batch.sessions, undefined)
    }
  }
})

test('a storm makes one batch at once and then one for each rest', async (t) => {
  const feed = await createFeed(t)
  const read = readerOf(feed.stream.subscribe(null))
  await read()
  const first = read()
  await turn()
  feed.revoke('s0')
  await turn()
  assert.equal((await first).sessions.length, 1)
  const second = read()
  await turn()
  for (let count = 1; count <= 200; count++) feed.revoke(`s${count}`)
  await turn()
  const signed = feed.node.signatures()
  await feed.pass(50)
  assert.equal((await second).sessions.length, 200)
  assert.equal(feed.node.signatures(), signed + 1)
})

test('a slow subscriber costs no memory, gets all it missed, and is cut when it takes nothing', async (t) => {
  const feed = await createFeed(t)
  const slow = readerOf(feed.stream.subscribe(null))
  const { cursor } = await slow()
  for (let count = 0; count < 100; count++) {
    feed.revoke(`s${count}`)
    await feed.pass(50)
  }
  // Nothing was made for it meanwhile: it reads everything as one batch.
  const missed = await slow()
  assert.deepEqual([missed.from, missed.sessions.length], [cursor, 100])
  assert.equal(feed.stream.subscriberCount, 1)
  feed.revoke('last')
  for (let beats = 0; beats < 2; beats++) await feed.pass(BEAT)
  assert.equal(feed.stream.subscriberCount, 1)
  await feed.pass(BEAT)
  assert.equal(feed.stream.subscriberCount, 0)
  assert.equal(await slow(), null)
  const again = readerOf(feed.stream.subscribe(missed.cursor))
  assert.deepEqual((await again()).sessions.length, 1)
})

test('a stream ends with the access token that opened it', async (t) => {
  const feed = await createFeed(t)
  const expiresAt = (feed.clock.seconds() + 600) as UnixSeconds
  const read = readerOf(feed.stream.subscribe(null, expiresAt))
  const other = readerOf(feed.stream.subscribe(null))
  for (const one of [read, other]) await one()
  const [ended, goesOn] = [read(), other()]
  await turn()
  feed.clock.advance(599)
  await feed.pass(BEAT)
  for (const batch of [await ended, await goesOn]) assert.notEqual(batch, null)
  const last = read()
  await turn()
  feed.clock.advance(1)
  await feed.pass(BEAT)
  assert.equal(await last, null)
  assert.equal(feed.stream.subscriberCount, 1)
})

test('one that reads page after page is not slow', async (t) => {
  const feed = await createFeed(t)
  const read = readerOf(feed.stream.subscribe(null))
  for (let beats = 0; beats < 10; beats++) {
    feed.revoke(`s${beats}`)
    await feed.pass(BEAT)
    assert.notEqual(await read(), null)
  }
  assert.equal(feed.stream.subscriberCount, 1)
})

test('nothing is lost between a batch and the next one, however they fall', async (t) => {
  const feed = await createFeed(t)
  const read = readerOf(feed.stream.subscribe(null))
  const seen: string[] = []
  let cursor = (await read()).cursor
  const wanted = Array.from({ length: 60 }, (_, index) => `s${index}`)
  for (const [index, subject] of wanted.entries()) {
    feed.revoke(subject)
    if (index % 3 === 0) await turn()
    if (index % 4 === 0) await feed.pass(50)
    if (index % 5 !== 0) continue
    const batch = await read()
    assert.equal(batch.from, cursor)
    cursor = batch.cursor
    seen.push(...(batch.sessions ?? []).map(([sid]: [string]) => sid))
  }
  while (seen.length < wanted.length) {
    const batch = await read()
    seen.push(...(batch.sessions ?? []).map(([sid]: [string]) => sid))
  }
  assert.deepEqual(seen, wanted)
})

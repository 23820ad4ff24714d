import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { MapaeError } from '../../src/domain/errors.ts'
import { createWorkQueue } from '../../src/login/work-queue.ts'

function createManualQueue(concurrency: number, queueLimit: number) {
  let nowMilliseconds = 0
  const queue = createWorkQueue({
    concurrency,
    queueLimit,
    expectedTaskMilliseconds: 100,
    monotonicMilliseconds: () => nowMilliseconds,
  })
  const started: number[] = []
  const tasks: PromiseWithResolvers<number>[] = []
  return {
    queue,
    started,
    add: (signal?: AbortSignal) => {
      const number = tasks.length
      const task = Promise.withResolvers<number>()
      tasks.push(task)
      return queue.run(() => {
        started.push(number)
        return task.promise
      }, signal)
    },
    finish: async (number: number, afterMilliseconds = 0) => {
      nowMilliseconds += afterMilliseconds
      tasks[number]!.resolve(number)
      await settle()
    },
    fail: async (number: number, error: Error) => {
      tasks[number]!.reject(error)
      await settle()
    },
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function busySeconds(attempt: Promise<unknown>): Promise<number | undefined> {
  const error: unknown = await attempt.then(
    () => assert.fail('should have been turned away'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof MapaeError)
  assert.equal(error.code, 'server_busy')
  return error.details.retryAfterSeconds
}

test('tasks start in order, never more than the limit at once', async () => {
  const { queue, add, finish, started } = createManualQueue(2, 3)
  const all = Promise.all([add(), add(), add(), add(), add()])
  assert.deepEqual([queue.running, queue.waiting], [2, 3])
  await finish(1)
  assert.deepEqual(started, [0, 1, 2])
  assert.deepEqual([queue.running, queue.waiting], [2, 2])
  for (const number of [0, 2, 3, 4]) await finish(number)
  assert.deepEqual(await all, [0, 1, 2, 3, 4])
  assert.deepEqual(started, [0, 1, 2, 3, 4])
  assert.deepEqual([queue.running, queue.waiting], [0, 0])
})

test('a full queue turns the caller away at once, without touching those inside', async () => {
  const { queue, add, finish, started } = createManualQueue(1, 1)
  const inside = [add(), add()]
  assert.equal(await busySeconds(add()), 1)
  assert.deepEqual([queue.running, queue.waiting], [1, 1])
  await finish(0)
  await finish(1)
  assert.deepEqual(await Promise.all(inside), [0, 1])
  assert.deepEqual(started, [0, 1])
})

test('the time to come back grows with the queue and with what tasks really take', async () => {
  const { queue, add, finish } = createManualQueue(1, 2)
  const slow = add()
  await finish(0, 60_000)
  await slow
  // The mean moved from 100 ms by a tenth of the way to 60 s: 6,090 ms for each of three.
  const inside = [add(), add(), add()]
  assert.equal(await busySeconds(add()), Math.ceil((3 * 6_090) / 1000))
  for (const number of [1, 2, 3]) await finish(number)
  await Promise.all(inside)
  assert.equal(queue.running, 0)
})

test('those who are turned away are told to come back one turn after the other', async () => {
  const { queue, add, finish } = createManualQueue(2, 1)
  const inside = [add(), add(), add()]
  const told: number[] = []
  const turnedAway = () => busySeconds(queue.run(async () => {}))
  for (let count = 0; count < 45; count++) told.push((await turnedAway())!)
  // 150 ms of line, then one turn of 50 ms each.
  assert.deepEqual(
    told,
    Array.from({ length: 45 }, (_, place) => Math.ceil((150 + 50 * place) / 1000)),
  )
  for (let count = 0; count < 1_000; count++) assert.throws(() => queue.checkRoom())
  assert.equal(await turnedAway(), 11, 'a flood puts others off for ten seconds at most')
  // Time goes by for those who were told to wait, too.
  await finish(0, 20_000)
  const next = add()
  assert.ok((await turnedAway())! < 11)
  for (const number of [1, 2, 3]) await finish(number)
  await Promise.all([...inside, next])
})

test('who gives up while waiting leaves the queue and makes room', async () => {
  const { queue, add, finish, started } = createManualQueue(1, 2)
  const first = add()
  const impatient = new AbortController()
  const second = add(impatient.signal)
  const third = add()
  assert.equal(queue.waiting, 2)
  const reason = new Error('the client went away')
  impatient.abort(reason)
  await assert.rejects(second, reason)
  assert.equal(queue.waiting, 1)
  const fourth = add()
  for (const number of [0, 2, 3]) await finish(number)
  assert.deepEqual(await Promise.all([first, third, fourth]), [0, 2, 3])
  assert.deepEqual(started, [0, 2, 3])
  assert.deepEqual([queue.running, queue.waiting], [0, 0])
})

test('giving up after the start changes nothing; giving up before asking takes no slot', async () => {
  const { queue, add, finish } = createManualQueue(1, 1)
  const controller = new AbortController()
  const running = add(controller.signal)
  const waiting = add(controller.signal)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
  await finish(0)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  controller.abort()
  await finish(1)
  assert.deepEqual(await Promise.all([running, waiting]), [0, 1])
  await assert.rejects(add(controller.signal), { name: 'AbortError' })
  assert.deepEqual([queue.running, queue.waiting], [0, 0])
})

test('a task that fails gives its slot back', async () => {
  const { queue, add, fail, finish } = createManualQueue(1, 1)
  const broken = add()
  const next = add()
  const error = new Error('broken')
  const outcome = assert.rejects(broken, error)
  await fail(0, error)
  await outcome
  await finish(1)
  assert.equal(await next, 1)
  assert.deepEqual([queue.running, queue.waiting], [0, 0])
})

test('limits that are no limits are refused', () => {
  for (const [concurrency, queueLimit] of [
    [0, 1],
    [1.5, 1],
    [NaN, 1],
    [1, -1],
    [1, Infinity],
  ] as const) {
    assert.throws(() => createManualQueue(concurrency, queueLimit), RangeError)
  }
})

test('checkRoom turns away exactly when run would', async () => {
  const { queue, add, finish } = createManualQueue(1, 1)
  queue.checkRoom()
  const running = add()
  queue.checkRoom()
  const waiting = add()
  assert.throws(() => queue.checkRoom(), { code: 'server_busy' })
  assert.equal(await busySeconds(add()), 1)
  await finish(0)
  queue.checkRoom()
  await finish(1)
  await Promise.all([running, waiting])
})

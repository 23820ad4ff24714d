import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { SessionId } from '../../src/domain/ids.ts'
import type { Revocation } from '../../src/domain/revocation.ts'
import type { UnixSeconds } from '../../src/domain/time.ts'
import { createScript, LIFETIME } from './feed-script.ts'

function createOne() {
  const script = createScript()
  const node = script.createNode('nodeHere')
  return { ...script, node, read: (seconds: number) => script.readFor(seconds, node) }
}

const has = ({ node }: ReturnType<typeof createOne>, id: string) => node.log.has(id as SessionId)
const own = (at: UnixSeconds): Revocation => ({ kind: 'session', subject: 'own', at })

test('an end that commits late is found at the next reading, later ones within ten seconds', async () => {
  for (const { lateSeconds, withinSeconds } of [
    { lateSeconds: 0, withinSeconds: 1 },
    { lateSeconds: 5, withinSeconds: 1 },
    { lateSeconds: 9, withinSeconds: 1 },
    { lateSeconds: 30, withinSeconds: 10 },
    { lateSeconds: 300, withinSeconds: 10 },
  ]) {
    for (const phase of [0, 4, 9]) {
      const script = createOne()
      await script.read(20 + phase)
      const endedAt = script.clock.seconds()
      await script.read(lateSeconds)
      script.commit('late', endedAt)
      await script.read(withinSeconds)
      assert.ok(has(script, 'late'), `${lateSeconds} s late, phase ${phase}`)
    }
  }
})

test('an end is found although the clock of the node that ended it is behind or ahead', async () => {
  for (const apartSeconds of [-5, 5]) {
    const script = createOne()
    await script.read(25)
    script.commit('elsewhere', script.clock.seconds() + apartSeconds)
    await script.read(1)
    assert.ok(has(script, 'elsewhere'))
  }
})

test('most readings look back ten seconds, and none further than tokens live', async () => {
  const script = createOne()
  await script.read(1000)
  const first = script.clock.seconds() - 999
  const reaches = script.node.lookedBackTo.map((instant, index) => first + index - instant)
  assert.equal(reaches.filter((reach) => reach > 11).length, 100)
  assert.equal(Math.max(...reaches), LIFETIME + 60)
})

test('an end is remembered until no token of its session can be alive, then forgotten', async () => {
  const script = createOne()
  const endedAt = script.clock.seconds()
  script.node.log.add([own(endedAt)])
  await script.read(LIFETIME + 60)
  assert.ok(has(script, 'own'))
  await script.read(1)
  assert.ok(!has(script, 'own'))
})

test('others are told of what ended here, and not of what was read or of nothing', async () => {
  const script = createOne()
  script.commit('elsewhere', script.clock.seconds())
  await script.read(1)
  script.node.log.add([])
  assert.equal(script.node.rings(), 0)
  script.node.log.add([own(script.clock.seconds())])
  assert.equal(script.node.rings(), 1)
})

test('what fails to be read is read when the database is back', async () => {
  const script = createOne()
  await script.read(15)
  const endedAt = script.clock.seconds()
  script.setDown(true)
  await script.read(45)
  script.commit('meanwhile', endedAt)
  script.setDown(false)
  await script.read(1)
  assert.ok(has(script, 'meanwhile'))
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, mock, test } from 'node:test'

import { JWKS_MAX_AGE_SECONDS, publicationLeadSeconds } from '../../src/tokens/key-stages.ts'
import { DAY_SECONDS, type SimulatedNode } from './simulation/node.ts'
import {
  createWallet,
  createWorld,
  nextStepSeconds,
  signAndVerify,
  type World,
} from './simulation/world.ts'

const START = 1_800_000_000
const ROTATION_DAYS = 90
const JOSE_MAX_AGE_SECONDS = 600

const folder = mkdtempSync(join(tmpdir(), 'mapae-keys-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let worlds = 0

async function inWorld(rotationDays: number, body: (world: World) => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['Date'], now: START * 1000 })
  const databaseUrl = `sqlite:${join(folder, `${++worlds}.db`)}`
  const world = await createWorld(databaseUrl, rotationDays, { now: START })
  try {
    await body(world)
  } finally {
    mock.timers.reset()
    await world.close()
  }
}

const setDate = (milliseconds: number) => mock.timers.setTime(milliseconds)

async function kidsOf(node: SimulatedNode, stages: readonly string[]): Promise<string[]> {
  const listed = await node.rotation.list()
  return listed.filter(({ stage }) => stages.includes(stage)).map(({ key }) => key.kid)
}

test('a year of rotations: no valid token is refused by anybody', () =>
  inWorld(ROTATION_DAYS, async (world) => {
    const { time } = world
    const [ahead] = world.nodes
    const access = createWallet(time, 2)
    const refresh = createWallet(time, 4)
    const end = START + 366 * DAY_SECONDS
    let verified = 0
    let mostPublic = 0
    while (time.now < end) {
      await world.pass(await nextStepSeconds(ahead!, time), setDate)
      verified += await signAndVerify(world, access, refresh)
      mostPublic = Math.max(mostPublic, ahead!.keys.publicJwks.keys.length)
    }
    // Two purposes, four rotations each, and the first key; one refresh token key verifies still.
    assert.equal((await ahead!.rotation.list()).length, 2 * 5)
    assert.equal((await kidsOf(ahead!, ['signing'])).length, 2)
    assert.equal((await kidsOf(ahead!, ['verify-only'])).length, 1)
    assert.equal((await kidsOf(ahead!, ['retired'])).length, 7)
    assert.equal(mostPublic, 2)
    assert.ok(verified > 3_000, `${verified} verifications`)
  }))

test('rotations asked for one after another: no valid token is refused', () =>
  inWorld(0, async (world) => {
    const [ahead, behind] = world.nodes
    const access = createWallet(world.time, 2)
    const refresh = createWallet(world.time, 4)
    let published = 0
    for (let step = 0; step < 90; step++) {
      const asked = await Promise.all(
        [ahead!, behind!].flatMap(({ rotation }) => [
          rotation.rotate('access_token'),
          rotation.rotate('refresh_token'),
        ]),
      )
      published += asked.filter(({ isNew }) => isNew).length
      await world.pass(90, setDate)
      await signAndVerify(world, access, refresh)
    }
    assert.ok(published > 30, `${published} keys were published`)
  }))

test('withdrawn: nodes refuse after a poll, verifiers when their caches are over, nobody the new key', () =>
  inWorld(0, async (world) => {
    const [ahead, behind] = world.nodes
    await world.pass(100, setDate)
    // An older key that verifies must not sign again while the clock of a node is behind.
    await ahead!.rotation.rotate('access_token')
    await world.pass(publicationLeadSeconds.access_token + 60, setDate)
    await world.pass(100, setDate)
    await signAndVerify(world, createWallet(world.time, 2), createWallet(world.time, 4))
    const old = behind!.mint()
    const replaced = await ahead!.rotation.withdraw(old.accessKid)
    await ahead!.rotation.withdraw(old.refreshKid)

    for (const node of [ahead!, behind!]) {
      await node.keys.follow()
      assert.throws(() => node.accessTokens.verify(old.access), { code: 'key_unknown' })
      assert.throws(() => node.refreshTokens.verify(old.refresh), { code: 'invalid_grant' })
      const fresh = node.mint()
      assert.equal(fresh.accessKid, replaced!.replacement!.kid)
      for (const other of [ahead!, behind!]) {
        await other.keys.follow()
        other.accessTokens.verify(fresh.access)
        other.refreshTokens.verify(fresh.refresh)
      }
      assert.ok(!JSON.stringify(node.keys.publicJwks).includes(old.accessKid))
    }

    // By then every cache is over, jose's last. The first call of one that serves stale keys is
    // what has it fetch others.
    const reached = world.verifiers.filter(({ name }) => !name.includes('cut off'))
    const callAll = async () => {
      for (const one of reached) await one.verify(old.access).catch(() => {})
      await new Promise((resolve) => setImmediate(resolve))
    }
    await world.pass(JWKS_MAX_AGE_SECONDS + 1, setDate)
    await callAll()
    await world.pass(JOSE_MAX_AGE_SECONDS - JWKS_MAX_AGE_SECONDS + 1, setDate)
    await callAll()
    const fresh = behind!.mint()
    for (const one of reached) {
      const refused = /no key fits the header|no applicable key/
      await assert.rejects(one.verify(old.access), refused, one.name)
      await one.verify(fresh.access)
    }
  }))

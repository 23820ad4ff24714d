import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createClient } from '../src/client.ts'
import { memory } from '../src/memory.ts'
import type { World } from '../src/world.ts'
import { createSimulatedServer } from './simulation/network.ts'
import { createTimeline } from './simulation/timeline.ts'

/** One program on a timeline of its own; its access tokens live for 60 seconds. */
async function start(changes: Partial<World> = {}) {
  const timeline = createTimeline()
  const server = createSimulatedServer(timeline)
  const state = { isOnline: true, isHidden: false, isHanging: false }
  let wake: () => void = () => {}
  let requests = 0
  const world: World = {
    now: () => server.seconds() * 1000,
    random: () => String(Math.random()),
    later: (run, milliseconds) => timeline.after(milliseconds, run),
    isHidden: () => state.isHidden,
    onWake(run) {
      wake = run
      return () => (wake = () => {})
    },
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        requests += 1
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))
        if (!state.isOnline) return reject(new TypeError('no network'))
        if (state.isHanging) return
        const { refresh_token: refreshToken } = JSON.parse((init?.body as string) ?? '{}') as {
          refresh_token?: string
        }
        const key = new Headers(init?.headers).get('idempotency-key')
        const { status, json } = (url as string).endsWith('/refresh')
          ? server.refresh(refreshToken!, key)
          : { status: 200, json: { id: 'mina', ...server.tokens() } }
        const headers = { date: new Date(server.seconds() * 1000).toUTCString() }
        resolve(Response.json(json, { status, headers }))
      }),
    ...changes,
  }
  const mapae = createClient(
    { issuer: 'https://a.example', clientId: 'web', store: memory() },
    world,
  )
  const states: string[] = []
  await mapae.signIn({ username: 'mina', password: 'x' })
  return {
    mapae,
    timeline,
    server,
    state,
    states,
    wake: () => wake(),
    requests: () => requests,
    subscribe: () => mapae.subscribe((snapshot) => states.push(snapshot.state)),
  }
}

test('a subscriber hears the state at once, and the token is renewed before it expires', async () => {
  const { subscribe, states, timeline, server } = await start()
  const stop = subscribe()
  assert.deepEqual(states, ['signedIn'])
  await timeline.advance(47_000)
  assert.deepEqual(server.outcomes, [])
  await timeline.advance(2000)
  assert.deepEqual(server.outcomes, ['rotated'])
  await timeline.advance(600_000)
  assert.ok(server.outcomes.length > 10 && server.outcomes.length < 15)
  stop()
  const before = server.outcomes.length
  await timeline.advance(600_000)
  assert.equal(server.outcomes.length, before, 'nobody subscribes: nothing is renewed')
  assert.deepEqual(states, ['signedIn'])
})

test('a hidden page renews when it is looked at again, as after sleep', async () => {
  const { subscribe, state, wake, timeline, server, states } = await start()
  subscribe()
  state.isHidden = true
  await timeline.advance(3_600_000)
  assert.deepEqual(server.outcomes, [])
  state.isHidden = false
  wake()
  await timeline.advance(100)
  assert.deepEqual(server.outcomes, ['rotated'])
  assert.deepEqual(states, ['signedIn'])
})

test('without a network the token is used until it expires; then offline; then signed in again', async () => {
  const { mapae, subscribe, state, states, timeline, requests } = await start()
  subscribe()
  state.isOnline = false
  await timeline.advance(55_000)
  await mapae.getToken()
  assert.deepEqual(states, ['signedIn'])
  await timeline.advance(60_000)
  await assert.rejects(mapae.getToken(), { code: 'unavailable' })
  assert.deepEqual(states, ['signedIn', 'offline'])
  const before = requests()
  await timeline.advance(600_000)
  const attempts = requests() - before
  assert.ok(attempts >= 9 && attempts <= 20, `${attempts} attempts in ten minutes`)
  state.isOnline = true
  await timeline.advance(61_000)
  assert.deepEqual(states, ['signedIn', 'offline', 'signedIn'])
})

test('a request that hangs is given up before the grace ends', async () => {
  const { mapae, state, timeline } = await start()
  await timeline.advance(61_000)
  state.isHanging = true
  const got = assert.rejects(mapae.getToken(), { code: 'unavailable' })
  await timeline.advance(8100)
  await got
})

test('a lock that is never released delays by five seconds, and no more', async () => {
  const locks = {
    request: async (_name: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  }
  const { mapae, timeline, server } = await start({ locks })
  await timeline.advance(61_000)
  const got = mapae.getToken()
  await timeline.advance(4900)
  assert.deepEqual(server.outcomes, [])
  await timeline.advance(200)
  await got
  assert.deepEqual(server.outcomes, ['rotated'])
})

test('locks that cannot be used are done without', async () => {
  const locks = { request: async () => Promise.reject(new Error('SecurityError')) }
  const { mapae, timeline } = await start({ locks })
  await timeline.advance(61_000)
  await mapae.getToken()
})

test('while a listener runs, the lock is free', async () => {
  let isHeld = false
  const heldAt: boolean[] = []
  const locks = {
    async request(_name: string, _options: object, run: () => Promise<unknown>) {
      isHeld = true
      await run()
      isHeld = false
    },
  }
  const { mapae, timeline, state } = await start({ locks })
  mapae.subscribe(() => heldAt.push(isHeld))
  state.isOnline = false
  await timeline.advance(70_000)
  state.isOnline = true
  await timeline.advance(70_000)
  assert.deepEqual(heldAt, [false, false, false])
})

test('fifty calls at once renew once; a long minTtl does not renew at every call', async () => {
  const { mapae, timeline, server } = await start()
  await timeline.advance(61_000)
  const got = await Promise.all(Array.from({ length: 50 }, () => mapae.getToken()))
  assert.equal(new Set(got).size, 1)
  for (let call = 0; call < 5; call += 1) await mapae.getToken({ minTtl: 3600 })
  assert.deepEqual(server.outcomes, ['rotated'])
  await timeline.advance(31_000)
  await mapae.getToken({ minTtl: 3600 })
  assert.deepEqual(server.outcomes, ['rotated', 'rotated'])
})

for (const jump of [-86_400, 86_400]) {
  test(`a device whose clock is set by ${jump} seconds goes on`, async () => {
    let offset = 0
    const timeline: { now?: () => number } = {}
    const started = await start({ now: () => 1_800_000_000_000 + offset + (timeline.now?.() ?? 0) })
    timeline.now = started.timeline.now
    offset = jump * 1000
    await started.mapae.getToken()
    assert.deepEqual(started.server.outcomes, ['rotated'], 'nobody knows how old the token is')
    await started.timeline.advance(20_000)
    await started.mapae.getToken()
    assert.deepEqual(started.server.outcomes, ['rotated'])
    await started.timeline.advance(40_000)
    await started.mapae.getToken()
    assert.deepEqual(started.server.outcomes, ['rotated', 'rotated'])
  })
}

test('an ended session signs out', async () => {
  const { mapae, subscribe, states, timeline, server } = await start()
  subscribe()
  server.end()
  await timeline.advance(61_000)
  assert.deepEqual(states, ['signedIn', 'signedOut'])
  await assert.rejects(mapae.getToken(), { code: 'signed_out' })
})

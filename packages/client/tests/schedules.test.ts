import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { cookie } from '../src/cookie.ts'
import type { StoreFactory } from '../src/store.ts'
import { createSimulatedBrowser, type Tab } from './simulation/browser.ts'
import { createSimulatedServer, type Fate } from './simulation/network.ts'
import { createSharedStore } from './simulation/shared-store.ts'
import { createTimeline } from './simulation/timeline.ts'

const DAY_MILLISECONDS = 86_400_000
const TABS = 3

interface Step {
  /** Since the step before, in milliseconds. */
  readonly after: number
  readonly tab: number
  readonly act: 'use' | 'force' | 'reload' | 'close'
}

interface Schedule {
  readonly steps: readonly Step[]
  readonly fates: readonly Fate[]
  readonly withLocks: boolean
  readonly clockErrorMilliseconds: number
}

/** No request takes longer than the client waits for its answer. */
function schedulesOf(longest: number): fc.Arbitrary<Schedule> {
  const way = fc.oneof(
    { arbitrary: fc.constantFrom(5, 40, longest / 2, longest - 10), weight: 3 },
    { arbitrary: fc.constant('lost' as const), weight: 1 },
  )
  return fc.record({
    steps: fc.array(
      fc.record({
        after: fc.constantFrom(0, 10, 100, 1000, 4000, 5000, 8000, 9900, 10_100, 49_000, 61_000),
        tab: fc.nat(TABS - 1),
        act: fc.constantFrom('use', 'use', 'force', 'reload', 'reload', 'close'),
      }),
      { minLength: 4, maxLength: 24 },
    ),
    fates: fc.array(fc.record({ there: way, back: way }), { maxLength: 24 }),
    withLocks: fc.boolean(),
    clockErrorMilliseconds: fc.constantFrom(0, -DAY_MILLISECONDS, DAY_MILLISECONDS),
  })
}

/** Plays a schedule; then all is well with the network, and every tab must still get a token. */
async function play(schedule: Schedule, store: StoreFactory): Promise<string[]> {
  const timeline = createTimeline()
  const server = createSimulatedServer(timeline)
  const browser = createSimulatedBrowser(timeline, server, { ...schedule, store })
  const tabs: (Tab | undefined)[] = [browser.openTab()]
  const signedIn = tabs[0]!.mapae.signIn({ username: 'mina', password: 'x' })
  await timeline.advance(1000)
  await signedIn
  browser.meet(schedule.fates)
  for (const { after, tab, act } of schedule.steps) {
    await timeline.advance(after)
    if (act === 'reload' || act === 'close') tabs[tab]?.kill()
    tabs[tab] =
      act === 'close'
        ? undefined
        : ((act === 'reload' ? undefined : tabs[tab]) ?? browser.openTab())
    const mapae = tabs[tab]?.mapae
    if (mapae === undefined) continue
    const refused = act === 'force' ? await tokenAtHand(mapae, timeline) : undefined
    void mapae.getToken(refused === undefined ? {} : { not: refused }).catch(() => {})
  }
  browser.meet([])
  await timeline.advance(30_000)
  for (const tab of [...tabs, browser.openTab()]) {
    const got = tab?.mapae.getToken().then(
      () => 'token',
      (error: Error) => error.message,
    )
    await timeline.advance(70_000)
    assert.equal((await got) ?? 'token', 'token', server.outcomes.join(', '))
  }
  assert.equal(server.ended, null, server.outcomes.join(', '))
  return server.outcomes
}

async function tokenAtHand(mapae: Tab['mapae'], timeline: { advance(m: number): Promise<void> }) {
  const got = mapae.getToken().catch(() => undefined)
  await timeline.advance(5)
  return Promise.race([got, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))])
}

const STORES = [
  { name: 'a cookie', store: () => cookie(), longest: 4500 },
  { name: 'a shared store and attempt keys', store: createSharedStore, longest: 8000 },
] as const

for (const { name, store, longest } of STORES) {
  test(`with ${name} no schedule of tabs, losses and reloads signs an honest user out`, async (context) => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(schedulesOf(longest), async (schedule) => {
        for (const outcome of await play(schedule, store())) {
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        }
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    )
    context.diagnostic(JSON.stringify(Object.fromEntries(seen)))
    assert.ok(seen.get('rotated')! > 300 && seen.size > 1, 'tokens were exchanged, and not only so')
  })
}

/** What the client must keep to, each taken away alone. */
const CARELESS: readonly { name: string; store: () => StoreFactory; longest: number }[] = [
  {
    name: 'with a cookie, requests are sent whatever is on its way',
    store: () => (place, world) => ({ ...cookie()(place, world), begin: () => 0 }),
    longest: 4500,
  },
  {
    name: 'with a cookie, a request may take as long as the grace',
    store: () => (place, world) => ({ ...cookie()(place, world), requestMilliseconds: 9900 }),
    longest: 9900,
  },
  {
    name: 'each attempt has a key of its own',
    store: () =>
      changed(createSharedStore(), ({ read }) => ({
        read: async () => {
          const saved = await read()
          return saved && { ...saved, attemptKey: String(Math.random()) }
        },
      })),
    longest: 8000,
  },
]

function changed(
  factory: StoreFactory,
  change: (store: ReturnType<StoreFactory>) => Partial<ReturnType<StoreFactory>>,
): StoreFactory {
  return (name, world) => {
    const store = factory(name, world)
    return { ...store, ...change(store) }
  }
}

for (const { name, store, longest } of CARELESS) {
  test(`the schedules find an honest user signed out when ${name}`, async () => {
    const found = await fc.check(
      fc.asyncProperty(
        schedulesOf(longest),
        async (schedule) => void (await play(schedule, store())),
      ),
      { numRuns: 2000, seed: 1, endOnFailure: true },
    )
    assert.ok(found.failed)
  })
}

test('a token that is refused soon after an exchange rests, since a slow request may be on its way', async () => {
  const overtaking: Schedule = {
    steps: [
      { after: 61_000, tab: 0, act: 'use' },
      { after: 100, tab: 0, act: 'reload' },
      { after: 5500, tab: 0, act: 'force' },
    ],
    fates: [{ there: 7990, back: 'lost' }],
    withLocks: true,
    clockErrorMilliseconds: 0,
  }
  const outcomes = await play(overtaking, createSharedStore())
  assert.deepEqual(outcomes.slice(0, 3), ['rotated', 'retried', 'rotated'])
  const restless = changed(createSharedStore(), () => ({ begin: () => 0 }))
  await assert.rejects(play(overtaking, restless), /rotated, rotated, reuse_detected/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { SessionId, UserId } from '../../src/domain/ids.ts'
import type { Signal, SignalStore } from '../../src/domain/signal.ts'
import type { UnixSeconds } from '../../src/domain/time.ts'
import { createChangeSignal } from '../../src/events/next-change.ts'
import { signalName } from '../../src/events/security-event-token.ts'
import { createPollSignals, type SignalPoll } from '../../src/events/signal-poll.ts'
import { createTestClock } from '../test-mapae.ts'

const USER = `${'u'.repeat(21)}A` as UserId
const idOf = (number: number) => `${String(number).padStart(21, '0')}A` as SessionId

/** A poll on a store in memory, whose receiver is `web`. */
function createScript() {
  const clock = createTestClock()
  const ended: Signal[] = []
  const known = new Set<SessionId>()
  const settled: number[] = []
  const change = createChangeSignal()
  let since: UnixSeconds | null = null
  let duringNextLook = () => {}
  const store: SignalStore = {
    async toldSince(_receiver, now) {
      since ??= now
      return since
    },
    async pending(_receiver, from, limit) {
      const pending = ended.filter(({ sessionId, at }) => at >= from && !known.has(sessionId))
      duringNextLook()
      return pending.slice(0, limit)
    },
    async acknowledge(_receiver, sessions) {
      for (const id of sessions) known.add(id)
    },
    async settle(_receiver, until) {
      settled.push(until)
      since = until
    },
  }
  const poll = createPollSignals(
    store,
    'https://auth.example.com',
    ({ userId }) => userId,
    (claims) => JSON.stringify(claims),
    change.next,
    clock,
  )
  const end = (number: number, at: number = clock.seconds()) => {
    const sessionId = idOf(number)
    ended.push({
      sessionId,
      userId: USER,
      clientId: 'web',
      at: at as UnixSeconds,
      reason: 'logout',
    })
    change.changed()
  }
  return {
    clock,
    end,
    settled,
    whileLooking(action: () => void) {
      duringNextLook = () => {
        duringNextLook = () => {}
        action()
      }
    },
    poll: (asked: Partial<SignalPoll> = {}, gone = new AbortController().signal) =>
      poll('web', { maxEvents: null, returnImmediately: true, known: [], ...asked }, gone),
  }
}

const namesOf = ({ sets }: { sets: object }) => Object.keys(sets)

test('a signal is a security event token about the session and its user', async () => {
  const script = createScript()
  await script.poll()
  script.end(1)
  const { sets, moreAvailable } = await script.poll()
  assert.equal(moreAvailable, false)
  const name = signalName(idOf(1))
  assert.deepEqual(JSON.parse(sets[name]!), {
    iss: 'https://auth.example.com',
    iat: script.clock.seconds(),
    jti: name,
    aud: 'web',
    sub_id: {
      format: 'complex',
      session: { format: 'opaque', id: idOf(1) },
      user: { format: 'iss_sub', iss: 'https://auth.example.com', sub: USER },
    },
    events: {
      'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
        event_timestamp: script.clock.seconds(),
        initiating_entity: 'user',
        reason_admin: { en: 'logout' },
      },
    },
  })
})

test('a signal comes again until it is acknowledged, however often, in whatever order', async () => {
  const script = createScript()
  await script.poll()
  for (const number of [1, 2, 3]) script.end(number)
  const all = [1, 2, 3].map((number) => signalName(idOf(number)))
  assert.deepEqual(namesOf(await script.poll()), all)
  assert.deepEqual(namesOf(await script.poll({ known: [all[1]!] })), [all[0], all[2]])
  assert.deepEqual(namesOf(await script.poll({ known: ['nonsense', 'end.x', ''] })), [
    all[0],
    all[2],
  ])
  assert.deepEqual(namesOf(await script.poll({ known: all })), [])
})

test('a poll takes as many as it asks for, at most a hundred, and hears that there are more', async () => {
  const script = createScript()
  await script.poll()
  for (let number = 0; number < 150; number++) script.end(number)
  for (const { maxEvents, expected } of [
    { maxEvents: 1, expected: 1 },
    { maxEvents: null, expected: 100 },
    { maxEvents: 1_000_000, expected: 100 },
  ]) {
    const { sets, moreAvailable } = await script.poll({ maxEvents })
    assert.deepEqual([Object.keys(sets).length, moreAvailable], [expected, true])
  }
  assert.deepEqual(await script.poll({ maxEvents: 0 }), { sets: {}, moreAvailable: false })
})

test('a poll with nothing to tell waits for what comes, also while it looked', async () => {
  const script = createScript()
  const waiting = script.poll({ returnImmediately: false })
  setImmediate(() => script.end(1))
  assert.deepEqual(namesOf(await waiting), [signalName(idOf(1))])

  script.whileLooking(() => script.end(2))
  const known = [signalName(idOf(1))]
  const next = await script.poll({ returnImmediately: false, known })
  assert.deepEqual(namesOf(next), [signalName(idOf(2))])
})

test('a poll ends when its time is over or its receiver is gone', async (t) => {
  const script = createScript()
  const gone = new AbortController()
  const left = script.poll({ returnImmediately: false }, gone.signal)
  setImmediate(() => gone.abort())
  assert.deepEqual(namesOf(await left), [])
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const patient = script.poll({ returnImmediately: false })
  await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(25_000)
  assert.deepEqual(namesOf(await patient), [])
})

test('what is acknowledged is forgotten when nothing older can come, in steps', async () => {
  const script = createScript()
  await script.poll()
  script.end(1)
  script.end(2)
  script.clock.advance(600)
  await script.poll({ known: [signalName(idOf(1))] })
  script.clock.advance(59)
  await script.poll()
  assert.deepEqual(script.settled, [])
  script.clock.advance(100)
  // The second one is still pending and holds everything.
  await script.poll()
  assert.deepEqual(script.settled, [])
  await script.poll({ known: [signalName(idOf(2))] })
  assert.deepEqual(script.settled, [script.clock.seconds() - 600])
  await script.poll()
  assert.equal(script.settled.length, 1)
})

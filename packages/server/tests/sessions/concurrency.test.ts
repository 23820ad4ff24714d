import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createTestMapae, listen, PASSWORD, type TestMapae } from '../test-mapae.ts'

const AT_ONCE = 200
const GRACE_SECONDS = 10

interface Answer {
  readonly status: number
  readonly body: any
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

let server: TestMapae
let http: Awaited<ReturnType<typeof listen>>
let users = 0

before(async () => {
  server = await createTestMapae({ signInLimitAccount: 1000 })
  http = await listen(server)
})

after(async () => {
  await http.close()
  await server.close()
})

async function call(
  method: string,
  path: string,
  json?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(http.url + path, {
    method,
    headers: { ...(json && { 'Content-Type': 'application/json' }), ...headers },
    ...(json && { body: JSON.stringify(json) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

function refresh(refreshToken: string, key?: string): Promise<Answer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key }
  return call('POST', '/v1/refresh', { refresh_token: refreshToken }, headers)
}

function bearer({ access_token }: Tokens) {
  return { Authorization: `Bearer ${access_token}` }
}

function me(tokens: Tokens): Promise<Answer> {
  return call('GET', '/v1/me', undefined, bearer(tokens))
}

function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

function generationOf({ refresh_token }: Tokens): number {
  return claimsOf(refresh_token).gen
}

async function newUser(): Promise<Tokens & { username: string; userId: any; sessionId: string }> {
  const username = `mina${++users}`
  const { body } = await call('POST', '/v1/signup', { username, password: PASSWORD })
  return { ...body, username, userId: body.user.id, sessionId: claimsOf(body.access_token).sid }
}

function login(username: string, password = PASSWORD): Promise<Answer> {
  return call('POST', '/v1/login', { username, password })
}

function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_one, index) => make(index))
}

async function eventsOf(sessionId: string): Promise<string[]> {
  const events = await server.mapae.stores.events.list(0, 1_000_000)
  return events
    .filter((event) => event.sessionId === sessionId)
    .map(({ name, details }) => `${name} ${details['outcome'] ?? details['reason'] ?? ''}`.trim())
    .filter((name) => name.startsWith('token.') || name.startsWith('session.revoked'))
}

/** Nothing that was ever handed out works any more. */
async function assertOver(handedOut: readonly Tokens[]): Promise<void> {
  const refreshTokens = new Set(handedOut.map(({ refresh_token }) => refresh_token))
  const [asked, refreshed] = await Promise.all([
    Promise.all(handedOut.map(me)),
    Promise.all([...refreshTokens].map((refreshToken) => refresh(refreshToken))),
  ])
  for (const { status, body } of asked) {
    assert.deepEqual([status, body.code], [401, 'invalid_token'])
  }
  for (const { status, body } of refreshed) {
    assert.deepEqual([status, body.code], [400, 'invalid_grant'])
  }
}

/** All were answered with generation 2 of one line, which lives. */
async function assertOneGeneration(answers: readonly Answer[], sessionId: string): Promise<void> {
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ body }) => body),
    [],
  )
  assert.deepEqual([...new Set(answers.map(({ body }) => generationOf(body)))], [2])
  assert.equal(new Set(answers.map(({ body }) => body.access_token)).size, answers.length)
  assert.deepEqual(await eventsOf(sessionId), ['token.refreshed rotated'])
  for (const { status } of await Promise.all(answers.map(({ body }) => me(body)))) {
    assert.equal(status, 200)
  }
}

test('200 presentations of one token at once: one new generation, and the session lives', async () => {
  const first = await newUser()
  const answers = await Promise.all(repeat(AT_ONCE, () => refresh(first.refresh_token)))
  await assertOneGeneration(answers, first.sessionId)

  const [second] = answers.map(({ body }) => body)
  const third = await refresh(second.refresh_token)
  assert.equal(generationOf(third.body), 3)
  server.clock.advance(GRACE_SECONDS + 1)
  assert.equal((await refresh(first.refresh_token)).body.code, 'invalid_grant')
  await assertOver([first, third.body, ...answers.slice(0, 50).map(({ body }) => body)])
  assert.deepEqual(await eventsOf(first.sessionId), [
    'token.refreshed rotated',
    'token.refreshed rotated',
    'token.reuse_detected',
    'session.revoked refresh_token_reuse',
  ])
})

test('200 presentations with a key each: one new generation; outside the grace another key ends it', async () => {
  const first = await newUser()
  const answers = await Promise.all(
    repeat(AT_ONCE, (index) => refresh(first.refresh_token, `key-${index}`)),
  )
  await assertOneGeneration(answers, first.sessionId)

  server.clock.advance(GRACE_SECONDS + 1)
  assert.equal((await refresh(first.refresh_token, 'another')).body.code, 'invalid_grant')
  await assertOver([first, ...answers.slice(0, 50).map(({ body }) => body)])
})

test('200 presentations with the same key: one new generation, the same at any later time', async () => {
  const first = await newUser()
  const answers = await Promise.all(repeat(AT_ONCE, () => refresh(first.refresh_token, 'one')))
  await assertOneGeneration(answers, first.sessionId)

  server.clock.advance(3600)
  const later = await Promise.all(repeat(AT_ONCE, () => refresh(first.refresh_token, 'one')))
  assert.deepEqual([...new Set(later.map(({ body }) => generationOf(body)))], [2])
  assert.deepEqual(await eventsOf(first.sessionId), ['token.refreshed rotated'])

  assert.equal((await refresh(first.refresh_token)).body.code, 'invalid_grant')
  await assertOver([first, answers[0]!.body, later[0]!.body])
})

test('200 late presentations without a key at once: one recovery, and its one child lives', async () => {
  const first = await newUser()
  const lost = await refresh(first.refresh_token)
  server.clock.advance(GRACE_SECONDS + 1)
  const answers = await Promise.all(repeat(AT_ONCE, () => refresh(first.refresh_token)))
  assert.deepEqual([...new Set(answers.map(({ body }) => generationOf(body)))], [3])
  assert.deepEqual(await eventsOf(first.sessionId), [
    'token.refreshed rotated',
    'token.refreshed recovered',
  ])
  assert.equal((await refresh(answers[0]!.body.refresh_token)).status, 200)
  assert.equal((await refresh(lost.body.refresh_token)).body.code, 'invalid_grant')
})

test('an old and the newest token at once: both sides end, in every order', async () => {
  for (let round = 0; round < 6; round++) {
    const first = await newUser()
    const second = (await refresh(first.refresh_token)).body
    const third = (await refresh(second.refresh_token)).body
    const presented = repeat(20, (index) =>
      refresh(index === round * 3 ? first.refresh_token : third.refresh_token),
    )
    const answers = await Promise.all(presented)
    assert.equal(answers[round * 3]!.status, 400)
    const handedOut = answers.filter(({ status }) => status === 200).map(({ body }) => body)
    await assertOver([first, second, third, ...handedOut])
  }
})

interface Ending {
  readonly name: string
  /** Ends what `target` belongs to; `acting` is another session of the same user. */
  readonly end: (target: Target, acting: Tokens) => Promise<unknown>
  readonly actingSurvives: boolean
}

type Target = Awaited<ReturnType<typeof newUser>>

async function expect204(answer: Promise<Answer>): Promise<void> {
  const { status, body } = await answer
  assert.equal(status, 204, JSON.stringify(body))
}

const endings: readonly Ending[] = [
  {
    name: 'logging out',
    end: ({ refresh_token }) => expect204(call('POST', '/v1/logout', { refresh_token })),
    actingSurvives: true,
  },
  {
    name: 'ending the session from another device',
    end: ({ sessionId }, acting) =>
      expect204(call('DELETE', `/v1/sessions/${sessionId}`, undefined, bearer(acting))),
    actingSurvives: true,
  },
  {
    name: 'logging out everywhere',
    end: (_target, acting) =>
      expect204(call('POST', '/v1/logout', { everywhere: true }, bearer(acting))),
    actingSurvives: false,
  },
  {
    name: 'disabling the user',
    end: async ({ userId }) => assert.ok(await server.mapae.accounts.disable(userId)),
    actingSurvives: false,
  },
  {
    name: 'changing the password',
    end: (_target, acting) =>
      expect204(
        call(
          'POST',
          '/v1/password',
          { current_password: PASSWORD, new_password: `${PASSWORD}-new` },
          bearer(acting),
        ),
      ),
    actingSurvives: true,
  },
]

const IN_FLIGHT = 64

/** Sends 64 refreshes on the sessions in turn, and the end among them. */
async function endInFlight(
  { end }: Ending,
  targets: readonly Target[],
  acting: Tokens,
  endAfter: number,
): Promise<Tokens[]> {
  const sent: Promise<Answer>[] = []
  let ending: Promise<unknown> | undefined
  for (let index = 0; index <= IN_FLIGHT; index++) {
    if (index === endAfter) {
      // In every other round some answers are in by now.
      if (endAfter % 16 === 8) await sent[endAfter >> 1]
      ending = end(targets[0]!, acting)
    }
    const key = index % 2 === 0 ? `key-${index}` : undefined
    sent.push(refresh(targets[index % targets.length]!.refresh_token, key))
  }
  await ending
  const answers = await Promise.all(sent)
  for (const { status, body } of answers) {
    if (status !== 200) assert.deepEqual([status, body.code], [400, 'invalid_grant'])
  }
  return answers.filter(({ status }) => status === 200).map(({ body }) => body)
}

for (const ending of endings) {
  test(`${ending.name} while 64 refreshes are in flight leaves no token that works`, async () => {
    let survivors = 0
    for (const endAfter of [0, 8, 24, 40, 64]) {
      const target = await newUser()
      const acting = (await login(target.username)).body
      const handedOut = await endInFlight(ending, [target], acting, endAfter)
      await assertOver([target, ...handedOut])
      assert.equal((await me(acting)).status, ending.actingSurvives ? 200 : 401)
      survivors += handedOut.length
    }
    assert.ok(survivors > 0, 'no round had an answer before the end')
  })
}

for (const ending of endings.slice(2)) {
  test(`${ending.name} while 16 sessions are exchanged leaves none of them`, async () => {
    for (const endAfter of [8, 40]) {
      const first = await newUser()
      const acting = (await login(first.username)).body
      const others = await Promise.all(repeat(15, () => login(first.username)))
      const targets = [first, ...others.map(({ body }) => ({ ...first, ...body }))]
      const handedOut = await endInFlight(ending, targets, acting, endAfter)
      await assertOver([...targets, ...handedOut])
    }
  })
}

/** Signs in over and over until told to stop; returns what came of it. */
async function keepSigningIn(username: string, isOver: () => boolean): Promise<Tokens[]> {
  const started: Tokens[] = []
  for (let stop = false; !stop;) {
    stop = isOver()
    const { status, body } = await login(username)
    if (status === 200) started.push(body)
    else assert.deepEqual([status, body.code], [401, 'invalid_credentials'])
  }
  return started
}

for (const ending of endings.slice(3)) {
  test(`${ending.name} while people sign in leaves no session of the old password`, async () => {
    let started = 0
    for (let round = 0; round < 3; round++) {
      const target = await newUser()
      const acting = (await login(target.username)).body
      let isOver = false
      const signingIn = repeat(3, () => keepSigningIn(target.username, () => isOver))
      for (let turn = 0; turn < round; turn++) await login(target.username)
      await ending.end(target, acting)
      isOver = true
      const handedOut = (await Promise.all(signingIn)).flat()
      await assertOver([target, ...handedOut])
      started += handedOut.length

      const { stores, clock } = server.mapae
      const open = await stores.sessions.listOpenOfUser(target.userId, clock.seconds())
      const kept = ending.actingSurvives ? [claimsOf(acting.access_token).sid] : []
      assert.deepEqual(
        open.map(({ id }) => id),
        kept,
      )
    }
    assert.ok(started > 0, 'no round had a sign-in before the end')
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Typist } from '../../src/oauth/user-code-throttle.ts'
import type { TestAnswer } from '../test-mapae.ts'
import { claimsOf, me, millisecondsUntilRefused, refresh, useTwoNodes } from './two-nodes.ts'

const AT_ONCE = 200
const GRACE_SECONDS = 10
const LONGEST_MILLISECONDS = 1000

const twoNodes = useTwoNodes()
const generationOf = (answer: TestAnswer) => claimsOf(answer.body.refresh_token).gen

/** Presents one token 200 times at once, every other time to the other node. */
function presentEverywhere(refreshToken: string, keyOf: (index: number) => string | undefined) {
  const { nodes } = twoNodes()
  return Promise.all(
    Array.from({ length: AT_ONCE }, (_one, index) =>
      refresh(nodes[index % 2]!, refreshToken, keyOf(index)),
    ),
  )
}

async function eventsOf(accessToken: string): Promise<string[]> {
  const { sid } = claimsOf(accessToken)
  const events = await twoNodes().nodes[0].mapae.stores.events.list(0, 100_000)
  return events
    .filter(({ sessionId, name }) => sessionId === sid && /^token\.|revoked/.test(name))
    .map(({ name, details }) => `${name} ${details['outcome'] ?? details['reason'] ?? ''}`.trim())
}

for (const { name, keyOf } of [
  { name: 'without keys', keyOf: () => undefined },
  { name: 'with a key each', keyOf: (index: number) => `key-${index}` },
  { name: 'with one key', keyOf: () => 'one' },
]) {
  test(`200 presentations over two nodes ${name}: one generation, and the session lives`, async () => {
    const { nodes } = twoNodes()
    const first = await nodes[0].signUp(`parallel-${name.replaceAll(' ', '-')}`)
    const answers = await presentEverywhere(first.refresh_token, keyOf)
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.deepEqual([...new Set(answers.map(generationOf))], [2])
    assert.deepEqual(await eventsOf(first.access_token), ['token.refreshed rotated'])
    for (const node of nodes) assert.equal((await me(node, answers[0]!.body)).status, 200)
    const onward = await refresh(nodes[1], answers[0]!.body.refresh_token)
    assert.equal(generationOf(onward), 3)
  })
}

test('200 late presentations over two nodes: one recovery, and its one child lives', async () => {
  const { nodes, advance } = twoNodes()
  const first = await nodes[0].signUp('lost')
  const lost = await refresh(nodes[0], first.refresh_token)
  advance(GRACE_SECONDS + 1)
  const answers = await presentEverywhere(first.refresh_token, () => undefined)
  assert.deepEqual([...new Set(answers.map(generationOf))], [3])
  assert.deepEqual(await eventsOf(first.access_token), [
    'token.refreshed rotated',
    'token.refreshed recovered',
  ])
  assert.equal((await refresh(nodes[1], answers[0]!.body.refresh_token)).status, 200)
  assert.equal((await refresh(nodes[0], lost.body.refresh_token)).body.code, 'invalid_grant')
})

test('a copy that one node catches ends the session on both', async () => {
  const { nodes, advance } = twoNodes()
  const first = await nodes[0].signUp('copied')
  const second = (await refresh(nodes[1], first.refresh_token)).body
  const third = (await refresh(nodes[0], second.refresh_token)).body
  advance(GRACE_SECONDS + 1)
  const caught = await refresh(nodes[1], first.refresh_token)
  assert.deepEqual([caught.status, caught.body.code], [400, 'invalid_grant'])
  for (const node of nodes) {
    assert.equal((await refresh(node, third.refresh_token)).body.code, 'invalid_grant')
    for (const tokens of [first, second, third]) {
      await millisecondsUntilRefused(node, tokens, LONGEST_MILLISECONDS)
    }
  }
})

test('a logout on one node while both exchange leaves no token that works on either', async () => {
  const { nodes } = twoNodes()
  for (const endAfter of [0, 20, 60]) {
    const first = await nodes[0].signUp(`leaving-${endAfter}`)
    const sent: Promise<TestAnswer>[] = []
    for (let index = 0; index < 64; index++) {
      if (index === endAfter) {
        const logout = { refresh_token: first.refresh_token }
        sent.push(nodes[0].call('POST', '/v1/logout', logout))
      }
      sent.push(refresh(nodes[index % 2]!, first.refresh_token))
    }
    const answers = await Promise.all(sent)
    const handedOut = [first, ...answers.filter((one) => one.status === 200).map((one) => one.body)]
    for (const node of nodes) {
      for (const tokens of handedOut) {
        assert.equal((await refresh(node, tokens.refresh_token)).body.code, 'invalid_grant')
        await millisecondsUntilRefused(node, tokens, LONGEST_MILLISECONDS)
      }
    }
  }
})

test('a password changed on one node ends sessions that the other started meanwhile', async () => {
  const { nodes } = twoNodes()
  const password = 'purple-otter-vs-9-lamps'
  const signIn = { username: 'changing', password }
  const first = await nodes[0].signUp('changing')
  const [changed, ...signIns] = await Promise.all([
    nodes[0].call(
      'POST',
      '/v1/password',
      { current_password: password, new_password: `${password}-new` },
      nodes[0].bearer(first.access_token),
    ),
    ...Array.from({ length: 6 }, () => nodes[1].call('POST', '/v1/login', signIn)),
  ])
  assert.equal(changed.status, 204)
  for (const { status, body } of signIns) {
    if (status !== 200) assert.equal(body.code, 'invalid_credentials')
    else await millisecondsUntilRefused(nodes[0], body, LONGEST_MILLISECONDS)
  }
  assert.equal((await nodes[1].call('POST', '/v1/login', signIn)).status, 401)
  for (const node of nodes) assert.equal((await me(node, first)).status, 200)
})

for (const { name, typistOf, most } of [
  {
    name: 'an account from many addresses',
    typistOf: (index: number) => ({ userId: 'one', ipAddress: `198.51.100.${index}` }),
    most: 10,
  },
  {
    name: 'a network with many accounts',
    typistOf: (index: number) => ({ userId: `user ${index}`, ipAddress: `2001:db8::${index}` }),
    most: 60,
  },
]) {
  test(`guesses at codes of devices by ${name} are counted over two nodes, ${most} a minute`, async () => {
    const { nodes } = twoNodes()
    const guesses = await Promise.allSettled(
      Array.from({ length: AT_ONCE }, (_one, index) =>
        nodes[index % 2]!.mapae.oauth.deviceFlow.findWaiting(
          'BBBB-BBBB',
          typistOf(index) as unknown as Typist,
        ),
      ),
    )
    const refused = guesses.filter(({ status }) => status === 'rejected')
    assert.equal(AT_ONCE - refused.length, most)
    for (const one of refused) {
      assert.equal((one as PromiseRejectedResult).reason.code, 'too_many_attempts')
    }
  })
}

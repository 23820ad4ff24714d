import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client } from 'pg'

import { claimsOf, me, millisecondsUntilRefused, useTwoNodes } from './two-nodes.ts'
import type { TestMapae } from '../test-mapae.ts'

const twoNodes = useTwoNodes()

/** Ends the session in a transaction that commits when told to. */
async function endSlowly(databaseUrl: string, accessToken: string, at: number) {
  const slow = new Client({ connectionString: databaseUrl })
  await slow.connect()
  await slow.query('BEGIN')
  await slow.query(`UPDATE sessions SET ended_at = $1, ended_reason = 'logout' WHERE id = $2`, [
    at,
    claimsOf(accessToken).sid,
  ])
  return async () => {
    await slow.query('COMMIT')
    await slow.end()
  }
}

async function feedAfter(node: TestMapae, cursor?: string): Promise<any> {
  const query = cursor === undefined ? '' : `?cursor=${cursor}`
  return claimsOf((await node.call('GET', `/v1/revocations${query}`)).body.revocations)
}

const sidsOf = (page: any): string[] => (page.sessions ?? []).map(([sid]: [string]) => sid)

for (const { lateSeconds, thenSeconds } of [
  { lateSeconds: 8, thenSeconds: 0 },
  { lateSeconds: 30, thenSeconds: 10 },
]) {
  test(`PostgreSQL: an end that commits ${lateSeconds} s late is seen, with no ring`, async () => {
    const { nodes, databaseUrl, advance } = twoNodes()
    const tokens = await nodes[0].signUp(`late-${lateSeconds}`)
    const commit = await endSlowly(databaseUrl, tokens.access_token, nodes[0].clock.seconds())
    // Both nodes go on reading past the instant that the row carries.
    for (let part = 0; part < 4; part++) {
      advance(lateSeconds / 4)
      await sleep(300)
    }
    for (const node of nodes) assert.equal((await me(node, tokens)).status, 200)
    await commit()
    advance(thenSeconds)
    for (const node of nodes) await millisecondsUntilRefused(node, tokens, 1000)
  })
}

test('PostgreSQL: of two ends the first commits last, and no cursor skips it', async () => {
  const { nodes, databaseUrl, advance } = twoNodes()
  const [first, second] = [await nodes[0].signUp('first'), await nodes[0].signUp('second')]
  const [firstSid, secondSid] = [first, second].map(
    ({ access_token }) => claimsOf(access_token).sid,
  )
  const commit = await endSlowly(databaseUrl, first.access_token, nodes[0].clock.seconds())
  advance(1)
  await nodes[0].call('POST', '/v1/logout', { refresh_token: second.refresh_token })
  const cursors: string[] = []
  for (const node of nodes) {
    let page = await feedAfter(node)
    while (!sidsOf(page).includes(secondSid)) {
      await sleep(20)
      page = await feedAfter(node)
    }
    assert.ok(!sidsOf(page).includes(firstSid))
    cursors.push(page.cursor)
  }

  await commit()
  // Each cursor is good on the node that gave it and on the other one.
  for (const node of nodes) {
    await millisecondsUntilRefused(node, first, 1000)
    for (const cursor of cursors) {
      const page = await feedAfter(node, cursor)
      assert.equal(page.from, cursor)
      assert.ok(sidsOf(page).includes(firstSid))
    }
  }
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { createTestMapae, PASSWORD } from '../test-mapae.ts'

const STORM = 120
const QUEUE = 16

test('in a storm of logins some are told when to come back, and the rest of the server stays quick', async () => {
  const server = await createTestMapae({
    hashConcurrency: 1,
    hashQueue: QUEUE,
    signInLimitAccount: 10_000,
    signInLimitAddress: 10_000,
  })
  after(() => server.close())
  const { access_token, refresh_token } = await server.signUp()
  const authorization = server.bearer(access_token)

  let finished = 0
  const login = async () => {
    const credentials = { username: 'mina', password: PASSWORD }
    const answer = await server.call('POST', '/v1/login', credentials)
    finished += 1
    return answer
  }
  const storm = Array.from({ length: STORM }, login)
  let latest = refresh_token
  while (server.mapae.hasher.waiting === 0) await setImmediate()
  let during = 0
  while (server.mapae.hasher.waiting > 0) {
    // An answer per request while the one hash thread still works off its queue.
    const me = await server.call('GET', '/v1/me', undefined, authorization)
    assert.equal(me.status, 200)
    const refreshed = await server.call('POST', '/v1/refresh', { refresh_token: latest })
    assert.equal(refreshed.status, 200)
    latest = refreshed.body.refresh_token
    during += 1
  }
  // More answers than hashes in the same time: nobody waited in the queue of the logins.
  assert.ok(during > QUEUE, `${during} rounds while ${finished} logins finished`)

  const answers = await Promise.all(storm)
  const turnedAway = answers.filter(({ status }) => status === 503)
  // On a busy machine a hash ends while the others still arrive, and one more finds room.
  assert.ok(turnedAway.length > STORM / 2, `${turnedAway.length} were turned away`)
  for (const { body, headers } of turnedAway) {
    assert.equal(body.code, 'server_busy')
    assert.match(headers.get('retry-after') ?? '', /^[1-9]\d?$/)
  }
  const signedIn = answers.filter(({ status }) => status === 200)
  assert.ok(signedIn.length > QUEUE)
  assert.equal(signedIn.length + turnedAway.length, STORM)
  assert.equal((await login()).status, 200)
})

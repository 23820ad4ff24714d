import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'

import type { EventName } from '../../src/domain/event.ts'
import { openDatabaseRows } from '../database-rows.ts'
import { createTestMapae, PASSWORD, type TestMapae } from '../test-mapae.ts'

const NEW_PASSWORD = 'violet-badger-vs-7-drums'

const server = await createTestMapae()
const rows = openDatabaseRows(server.config.databaseUrl)
const saboteur = new DatabaseSync(server.config.databaseUrl.replace(/^sqlite:/, ''))
after(async () => {
  rows.close()
  saboteur.close()
  await server.close()
})

const signedUp = await server.signUp()
const bearer = server.bearer(signedUp.access_token)
const { refresh_token } = signedUp
const spent = await server.call('POST', '/v1/refresh', { refresh_token })
const live = spent.body.refresh_token
await server.call('POST', '/v1/refresh', { refresh_token: live })

type Call = Parameters<TestMapae['call']>

const credentials = { username: 'mina', password: PASSWORD }
const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }

/** A change, and an event that it writes: when that cannot be stored, neither may the change be. */
const changes: Record<string, { unwritable: EventName; call: () => Promise<Call> }> = {
  'a sign-up': {
    unwritable: 'user.created',
    call: async () => ['POST', '/v1/signup', { username: 'new', password: PASSWORD }],
  },
  'a login, by its second event': {
    unwritable: 'session.started',
    call: async () => ['POST', '/v1/login', credentials],
  },
  'a refresh': {
    unwritable: 'token.refreshed',
    call: async () => {
      server.clock.advance(11)
      return ['POST', '/v1/refresh', { refresh_token: live }]
    },
  },
  'the end of a session, by its own event': {
    unwritable: 'session.revoked',
    call: async () => ['POST', '/v1/refresh', { refresh_token }],
  },
  'the end of a session, by the event that led to it': {
    unwritable: 'token.reuse_detected',
    call: async () => ['POST', '/v1/refresh', { refresh_token }],
  },
  'a logout': {
    unwritable: 'session.revoked',
    call: async () => ['POST', '/v1/logout', {}, bearer],
  },
  'a logout everywhere': {
    unwritable: 'session.revoked',
    call: async () => ['POST', '/v1/logout', { everywhere: true }, bearer],
  },
  'a new password, by its own event': {
    unwritable: 'user.password_changed',
    call: async () => ['POST', '/v1/password', change, bearer],
  },
  'a new password, by the session it ends': {
    unwritable: 'session.revoked',
    call: async () => {
      await server.call('POST', '/v1/login', credentials)
      return ['POST', '/v1/password', change, bearer]
    },
  },
}

for (const [name, { unwritable, call }] of Object.entries(changes)) {
  test(`${name} is undone when ${unwritable} cannot be stored`, async () => {
    const parameters = await call()
    const before = rows.read()
    saboteur.exec(`CREATE TRIGGER sabotage BEFORE INSERT ON events WHEN new.name = '${unwritable}'
      BEGIN SELECT RAISE(ABORT, 'sabotage'); END`)
    const failed = await server.call(...parameters)
    const afterwards = rows.read()
    saboteur.exec('DROP TRIGGER sabotage')
    // This answer also shows that the event was to be written: nothing else fails.
    assert.deepEqual([failed.status, failed.body.code], [503, 'storage_unavailable'])
    for (const table of ['users', 'sessions', 'events'] as const) {
      assert.deepEqual(afterwards[table], before[table], table)
    }
  })
}

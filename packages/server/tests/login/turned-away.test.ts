import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MapaeError } from '../../src/domain/errors.ts'
import type { PasswordHasher } from '../../src/login/password-hashing.ts'
import { createSignInWithPassword } from '../../src/login/password.ts'
import { createTestClock } from '../test-mapae.ts'

test('a sign-in that the full pool turns away asks the database nothing', async () => {
  const busy = new MapaeError('server_busy', { retryAfterSeconds: 3 })
  const untouched = <T extends object>(what: string) =>
    new Proxy({} as T, { get: () => assert.fail(`${what} was asked`) })
  const hasher = {
    checkRoom() {
      throw busy
    },
  } as unknown as PasswordHasher
  const signIn = createSignInWithPassword(
    { users: untouched('users'), events: untouched('events') },
    hasher,
    untouched('the throttle'),
    async () => assert.fail('a session started'),
    createTestClock(),
  )
  const device = { label: null, ipAddress: '192.0.2.1' }
  await assert.rejects(signIn('mina', 'a password', device), busy)
})

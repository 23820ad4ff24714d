import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import type { SecurityEvent } from '../../src/domain/event.ts'
import type { SentMail } from '../../src/domain/mail.ts'
import type { Session } from '../../src/domain/session.ts'
import { decideNotice } from '../../src/events/notices.ts'
import { createNoticeTask } from '../../src/events/send-notices.ts'
import { createMailFolder } from '../../src/storage/mail-folder.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'

const NEXT_PASSWORD = 'velvet-badger-vs-7-kites'

const event = (name: string, details = {}) => ({ name, details }) as unknown as SecurityEvent
const on = (deviceLabel: string | null) => ({ deviceLabel }) as Session

const DECISIONS: readonly (readonly [
  string,
  SecurityEvent,
  Session | null,
  readonly Session[],
  object | null,
])[] = [
  [
    'a new password',
    event('user.password_changed', { by: 'user' }),
    null,
    [],
    { kind: 'password_changed', by: 'user' },
  ],
  [
    'a reset',
    event('user.password_changed', { by: 'operator' }),
    null,
    [],
    { kind: 'password_changed', by: 'operator' },
  ],
  ['the only device', event('session.started'), on('A'), [], null],
  ['a second sign-in of a device', event('session.started'), on('A'), [on('B'), on('A')], null],
  [
    'a new device',
    event('session.started'),
    on('C'),
    [on('B'), on('A')],
    { kind: 'new_device', device: 'C' },
  ],
  [
    'one that says nothing',
    event('session.started'),
    on(null),
    [on('A')],
    { kind: 'new_device', device: '?' },
  ],
  [
    'a long name',
    event('session.started'),
    on('x'.repeat(200)),
    [on('A')],
    { kind: 'new_device', device: 'x'.repeat(80) },
  ],
  ['a session that is gone', event('session.started'), null, [on('A')], null],
  ['a renewal', event('token.refreshed'), on('C'), [on('A')], null],
]

for (const [what, happened, session, others, expected] of DECISIONS) {
  test(`${what}: ${expected === null ? 'no notice' : 'a notice'}`, () => {
    assert.deepEqual(decideNotice(happened, session, others), expected)
  })
}

const server = await createTestMapae()
const folder = join(mkdtempSync(join(tmpdir(), 'mapae-mail-')), 'mail')
const { stores, clock } = server.mapae
const mailFolder = createMailFolder(folder, clock, server.surroundings.random)
const sendNotices = await createNoticeTask(stores, mailFolder, ISSUER, clock)
after(async () => {
  await server.close()
  rmSync(join(folder, '..'), { recursive: true, force: true })
})

async function mailsAfter(action: () => Promise<unknown>): Promise<readonly SentMail[]> {
  const before = (await mailFolder.list()).length
  server.clock.advance(1)
  await action()
  await sendNotices()
  const all = await mailFolder.list()
  return all.slice(0, all.length - before)
}

const login = (device: string, password = PASSWORD) =>
  server.call('POST', '/v1/login', { username: 'mina', password }, { 'User-Agent': device })

test('a user is told of a new device and of a new password, once, and nobody else is', async () => {
  const account = { username: 'mina', password: PASSWORD, email: 'mina@example.com' }
  const signUp = () => server.call('POST', '/v1/signup', account, { 'User-Agent': 'Phone/1' })
  assert.deepEqual(await mailsAfter(signUp), [])
  assert.deepEqual(await mailsAfter(() => login('Phone/1')), [])

  let tokens: any
  const [newDevice, ...more] = await mailsAfter(async () => {
    tokens = (await login('Laptop/2')).body
  })
  assert.deepEqual(more, [])
  assert.equal(newDevice?.to, 'mina@example.com')
  assert.match(newDevice.subject, /^A new device signed in \/ 새 기기/)
  assert.match(newDevice.text, /account mina\. It calls itself: Laptop\/2\./)
  assert.match(
    newDevice.text,
    /2027-01-15 08:\d\d UTC · 192\.0\.2\.1 · https:\/\/auth\.example\.com/,
  )

  const change = { current_password: PASSWORD, new_password: NEXT_PASSWORD }
  const [changed, ...others] = await mailsAfter(() =>
    server.call('POST', '/v1/password', change, server.bearer(tokens.access_token)),
  )
  assert.deepEqual(others, [])
  assert.match(changed?.subject ?? '', /^Your password was changed/)
  assert.deepEqual(await mailsAfter(async () => {}), [])

  const written = JSON.stringify(await mailFolder.list())
  for (const secret of [PASSWORD, NEXT_PASSWORD, tokens.access_token, tokens.refresh_token]) {
    assert.equal(written.includes(secret), false)
  }
})

test('without an address there is no mail', async () => {
  const account = { username: 'nobody', password: PASSWORD }
  const mails = await mailsAfter(async () => {
    await server.call('POST', '/v1/signup', account, { 'User-Agent': 'A' })
    server.clock.advance(1)
    await server.call('POST', '/v1/login', account, { 'User-Agent': 'B' })
  })
  assert.deepEqual(mails, [])
})

test('a notice that cannot be sent holds nothing up', async () => {
  const refuse = { send: () => Promise.reject(new Error('no mail today')) }
  const failing = await createNoticeTask(stores, refuse, ISSUER, clock)
  assert.equal((await login('Tablet/3', NEXT_PASSWORD)).status, 200)
  await assert.rejects(failing, /no mail today/)
  await failing()
})

test('mail is for its owner only, and the oldest goes first', async () => {
  const kept = createMailFolder(join(folder, '..', 'many'), clock, server.surroundings.random)
  for (let number = 0; number < 103; number++) {
    server.clock.advance(1)
    await kept.send({ to: 'a@example.com', subject: String(number), text: '' })
  }
  const mails = await kept.list()
  assert.equal(mails.length, 100)
  assert.deepEqual([mails[0]?.subject, mails.at(-1)?.subject], ['102', '3'])
  const [file] = readdirSync(folder)
  assert.equal(statSync(join(folder, file!)).mode & 0o077, 0)
  assert.equal(statSync(folder).mode & 0o077, 0)
})

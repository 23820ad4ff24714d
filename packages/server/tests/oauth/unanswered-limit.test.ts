import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, beforeEach, test } from 'node:test'

import type { Client, ClientSettings } from '../../src/domain/client.ts'
import { chargedAddress, createUnansweredLimit } from '../../src/oauth/unanswered-limit.ts'
import { createTestClock } from '../test-mapae.ts'
import {
  basic,
  createOAuthWorld,
  locationOf,
  query,
  type FormAnswer,
  type OAuthWorld,
} from './relying-party.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const AT_ONCE = 25
const MEBIBYTE = 1_048_576
/** As long as a parameter may be, and twice as long when it is stored. */
const LONG = '"'.repeat(1800)

let world: OAuthWorld
let secret: string
let database: DatabaseSync
let userId: string

before(async () => {
  world = await createOAuthWorld()
  userId = (await world.signUp('mina')).user.id
  await world.createClient('app')
  await world.createClient('asking', { isTrusted: false })
  const grants: ClientSettings['grants'] = [DEVICE_CODE, 'authorization_code']
  const scopes = Array.from({ length: 15 }, (_, index) => `scope-${index}`.padEnd(100, 's'))
  await world.createClient('tv', { grants, scopes })
  const auth = { authenticationMethod: 'client_secret_basic' } as const
  secret = await world.createClient('web', { ...auth, grants })
  database = new DatabaseSync(world.config.databaseUrl.slice('sqlite:'.length), { readOnly: true })
})

after(async () => {
  database.close()
  await world.close()
})

/** What another test used is nobody's any more. */
beforeEach(() => {
  world.signOut()
  world.clock.advance(60)
})

const authorize = (from: string, more: Record<string, string> = {}, client = 'app') =>
  world.send('GET', `/oauth/authorize?${query(client, more)}`, null, {}, from)
const push = (from: string, more: Record<string, string> = {}, headers = {}, client = 'app') =>
  world.send('POST', '/oauth/par', new URLSearchParams(query(client, more)), headers, from)
const begin = (from: string, headers = {}, client = 'tv') =>
  world.send('POST', '/oauth/device_authorization', [['client_id', client]], headers, from)

const big = { state: LONG, nonce: LONG }

/** What an address has stored when it is stopped, and the answer that stops it. */
async function flood(attack: () => Promise<FormAnswer>) {
  const atFirst = storedBytes().bytes
  for (let count = 0; count < 700; count += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, attack))
    const stopped = answers.findIndex(({ status }) => status === 429)
    if (stopped !== -1) {
      const bytes = storedBytes().bytes - atFirst
      return { count: count + stopped, answer: answers[stopped]!, bytes }
    }
  }
  return assert.fail('nobody stops it')
}

function storedBytes() {
  const select = `SELECT COALESCE(SUM(LENGTH(CAST(request AS BLOB))), 0) AS bytes,
    COUNT(*) AS requests FROM authorization_requests`
  return database.prepare(select).get() as { bytes: number; requests: number }
}

test('an address fills no database with sign-ins that it begins: a page says so', async () => {
  const { answer, bytes, count } = await flood(() => authorize('198.51.100.1', big))
  assert.ok(count > 100 && bytes < MEBIBYTE + 8192, `${count} requests, ${bytes} bytes`)
  assert.equal(locationOf(answer), null, 'nobody is sent anywhere')
  assert.match(answer.headers.get('content-type')!, /^text\/html/)
  assert.match(answer.headers.get('retry-after')!, /^\d+$/)
  assert.match(answer.text, /Too many attempts/)
  assert.equal((await authorize('198.51.100.2')).status, 303, 'another address')
  const stored = storedBytes().requests
  assert.equal((await authorize('198.51.100.1')).status, 429)
  assert.equal(storedBytes().requests, stored)
  // Whoever needs no row is not kept out.
  const silent = locationOf(await authorize('198.51.100.1', { prompt: 'none' }))!
  assert.equal(silent.searchParams.get('error'), 'login_required')
  world.clock.advance(60)
  assert.equal((await authorize('198.51.100.1')).status, 303, 'a minute later')
})

test('nor with requests that it pushes for an application that proves nothing', async () => {
  const { answer, bytes } = await flood(() => push('198.51.100.1', big))
  assert.ok(bytes < MEBIBYTE + 8192, `${bytes} bytes`)
  assert.equal(answer.body.error, 'temporarily_unavailable')
  assert.match(answer.headers.get('retry-after')!, /^\d+$/)
  assert.equal((await authorize('198.51.100.1')).status, 429, 'it is one limit')
  assert.equal((await begin('198.51.100.1')).status, 429)
})

test('nor with devices', async () => {
  const { answer, count } = await flood(() => begin('198.51.100.1'))
  assert.ok(count > 400 && count < 600, `${count} devices of two kilobytes`)
  assert.equal(answer.body.error, 'temporarily_unavailable')
  assert.match(answer.headers.get('retry-after')!, /^\d+$/)
  assert.equal((await begin('198.51.100.2')).status, 200)
})

test('the addresses of one IPv6 network are one', async () => {
  let host = 0
  await flood(() => authorize(`2001:db8:0:7::${(host++).toString(16)}`, big))
  assert.equal((await authorize('2001:db8:0:7:ffff::1')).status, 429)
  assert.equal((await authorize('2001:db8:0:8::1')).status, 303)
})

test('guesses at a secret or a code from one of them count for all', async () => {
  const guesses = [
    (from: string) => push(from, {}, basic('web', 'mcs_wrong'), 'web'),
    (from: string) => {
      const form = { grant_type: 'authorization_code', client_id: 'app', code: 'wrong' }
      return world.send('POST', '/oauth/token', Object.entries(form), {}, from)
    },
  ]
  for (const guess of guesses) {
    for (let host = 0; host < 60; host++) {
      assert.notEqual((await guess(`2001:db8:0:9::${host}`)).status, 429)
    }
    assert.equal((await guess('2001:db8:0:9::ffff')).status, 429)
    assert.notEqual((await guess('2001:db8:0:a::1')).status, 429)
  }
})

test('a thousand people behind one address begin to sign in within a minute', async () => {
  const id = locationOf(await authorize('198.51.100.1', { nonce: 'n'.repeat(43) }))!
  const waiting = await world.mapae.oauth.waitingRequests.find(id.searchParams.get('request')!)
  const limit = createUnansweredLimit(createTestClock())
  for (let person = 0; person < 1000; person++) limit.charge('198.51.100.1', waiting!.request)
})

test('the server of an application that an operator knows brings the requests of everybody', async () => {
  const proof = basic('web', secret)
  await flood(() => push('198.51.100.1', big))
  const pushes = Array.from({ length: 200 }, () => push('198.51.100.1', big, proof, 'web'))
  for (const { status } of await Promise.all(pushes)) assert.equal(status, 201)
  assert.equal((await begin('198.51.100.1', proof, 'web')).status, 200)
})

for (const [id, authenticationMethod, charged] of [
  ['app', 'none', true],
  ['web', 'client_secret_basic', false],
  ['web', 'private_key_jwt', false],
  ['dyn_hu7eY3f0QmS3', 'client_secret_basic', true],
  ['https://agent.example.com/client.json', 'private_key_jwt', true],
] as const) {
  test(`what ${id} sends by ${authenticationMethod} is charged to its address: ${charged}`, () => {
    const client = { id, authenticationMethod } as Client
    assert.equal(chargedAddress(client, '192.0.2.1'), charged ? '192.0.2.1' : null)
  })
}

test('who is signed in and has to be asked is no exception', async () => {
  world.signIn(userId)
  await flood(() => authorize('198.51.100.1', big, 'asking'))
  assert.equal((await authorize('198.51.100.1', {}, 'app')).status, 303, 'nothing to ask')
})

test('all parameters of a request together are bounded as they would be stored', async () => {
  const most = { state: LONG, nonce: LONG, login_hint: 'ㄱ'.repeat(800) }
  const refused = locationOf(await authorize('198.51.100.1', most))!
  assert.equal(refused.searchParams.get('error'), 'invalid_request')
  assert.match(refused.searchParams.get('error_description')!, /together/)
  assert.equal((await push('198.51.100.1', most)).body.error, 'invalid_request')
  assert.equal((await authorize('198.51.100.1', { ...big, login_hint: 'mina' })).status, 303)
})

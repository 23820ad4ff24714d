import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Session } from '../../../src/domain/session.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import {
  advanced,
  at,
  eventNames,
  newEvent,
  newSession,
  newUser,
  startOf,
  storeSession,
  storeUser,
} from '../rows.ts'

const refreshed = newEvent('token.refreshed')

export function testSessions({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a session comes back as it was stored, with its events in order`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const plain = await storeSession(stores, user)
      const full = newSession(user.id, {
        deviceLabel: `Mozilla/5.0 "quoted" \\ 한국어 {a,b}`,
        ipAddress: '2001:db8::1',
        scope: 'read write',
        authTime: at(-100),
        acr: 'urn:example:acr',
        amr: ['pwd', 'otp'],
        browserSessionId: 'a-browser-session',
        dpopKeyThumbprint: 'a-key-thumbprint',
        certificateThumbprint: 'a-certificate-thumbprint',
        requestedClaims: { userinfo: { email: null, name: { essential: true } } },
      })
      const events = [
        newEvent('login.succeeded', { sessionId: full.id }),
        newEvent('session.started', { userId: user.id, sessionId: full.id }),
      ]
      assert.equal(await stores.sessions.start(startOf(full, { events })), true)
      assert.deepEqual(await stores.sessions.find(plain.id), plain)
      assert.deepEqual(await stores.sessions.find(full.id), full)
      const stored = (await stores.events.list(0, 100)).slice(-2)
      assert.deepEqual(
        stored.map(({ name, sessionId }) => [name, sessionId]),
        [
          ['login.succeeded', full.id],
          ['session.started', full.id],
        ],
      )
    }))

  test(`${dialect}: a session that is refused leaves nothing behind`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const events = [newEvent('login.succeeded')]
      assert.equal(
        await stores.sessions.start(startOf(newSession(user.id), { credentialVersion: 2, events })),
        false,
      )
      assert.equal(
        await stores.sessions.start(startOf(newSession(newUser().id), { events })),
        false,
      )
      assert.deepEqual(await eventNames(stores), ['user.created'])
      assert.deepEqual(await stores.sessions.listOpenOfUser(user.id, NOW), [])
    }))

  test(`${dialect}: of many advances from one state exactly one wins, with one event`, () =>
    withStores(async (stores) => {
      const session = await storeSession(stores, await storeUser(stores))
      const wanted = Array.from({ length: 30 }, (_, index) =>
        advanced(session, { retryKeyHash: `key ${index}` }),
      )
      const outcomes = await Promise.all(
        wanted.map((to) => stores.sessions.advance(session, to, refreshed)),
      )
      const winners = wanted.filter((_, index) => outcomes[index])
      assert.equal(winners.length, 1)
      assert.deepEqual(await stores.sessions.find(session.id), winners[0])
      const names = await eventNames(stores)
      assert.equal(names.filter((name) => name === 'token.refreshed').length, 1)
    }))

  test(`${dialect}: advances of many sessions at once all win`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const all: Session[] = []
      for (let count = 0; count < 40; count++) all.push(await storeSession(stores, user))
      const outcomes = await Promise.all(
        all.map((session) => stores.sessions.advance(session, advanced(session), refreshed)),
      )
      assert.ok(outcomes.every(Boolean))
      for (const session of all) {
        assert.deepEqual(await stores.sessions.find(session.id), advanced(session))
      }
    }))

  test(`${dialect}: an ended session never comes back, whatever is in flight`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      for (let round = 0; round < 20; round++) {
        const session = await storeSession(stores, user)
        const [before, ended, after] = await Promise.all([
          stores.sessions.advance(session, advanced(session), refreshed),
          stores.sessions.end(session.id, 'logout', at(2)),
          stores.sessions.advance(session, advanced(session), refreshed),
        ])
        assert.deepEqual(ended, { kind: 'session', subject: session.id, at: at(2) })
        assert.ok(!(before && after))
        const stored = (await stores.sessions.find(session.id))!
        assert.equal(stored.endedAt, at(2))
        assert.equal(stored.endedReason, 'logout')
        assert.equal(stored.live, before || after ? 2 : 1)
        assert.equal(await stores.sessions.advance(stored, advanced(stored), refreshed), false)
      }
    }))

  test(`${dialect}: a session ends once, and the first reason stays`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const session = await storeSession(stores, user)
      const because = newEvent('token.reuse_detected', { sessionId: session.id })
      const outcomes = await Promise.all([
        stores.sessions.end(session.id, 'refresh_token_reuse', at(1), because),
        stores.sessions.end(session.id, 'refresh_token_reuse', at(1), because),
        stores.sessions.endAllOfUser(user.id, 'refresh_token_reuse', at(1)).then(([one]) => one),
      ])
      assert.equal(outcomes.filter((one) => one !== null && one !== undefined).length, 1)
      assert.equal(await stores.sessions.end(session.id, 'logout', at(2)), null)
      assert.equal((await stores.sessions.find(session.id))?.endedReason, 'refresh_token_reuse')
      const names = await eventNames(stores)
      assert.equal(names.filter((name) => name === 'session.revoked').length, 1)
      assert.equal(await stores.sessions.end(newSession(user.id).id, 'logout', at(2)), null)
    }))

  test(`${dialect}: the events of an end: first why, then the end, about the session's user`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const { id } = await storeSession(stores, user)
      const because = newEvent('token.reuse_detected', { userId: user.id, sessionId: id })
      await stores.sessions.end(id, 'refresh_token_reuse', at(1), because)
      const [why, end] = (await stores.events.list(0, 100)).slice(-2)
      assert.equal(why?.name, 'token.reuse_detected')
      assert.equal(end?.name, 'session.revoked')
      assert.equal(end?.userId, user.id)
      assert.equal(end?.sessionId, id)
      assert.deepEqual(end?.details, { reason: 'refresh_token_reuse' })
    }))

  test(`${dialect}: open sessions of a user, newest use first`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const old = await storeSession(stores, user, { lastUsedAt: at(-50) })
      const ties = [
        await storeSession(stores, user, { id: `${'a'.repeat(21)}A` as Session['id'] }),
        await storeSession(stores, user, { id: `${'B'.repeat(21)}A` as Session['id'] }),
      ]
      await storeSession(stores, user, { idleExpiresAt: at(10) })
      await storeSession(stores, user, { absoluteExpiresAt: at(10) })
      const ended = await storeSession(stores, user)
      await stores.sessions.end(ended.id, 'logout', at(5))
      await storeSession(stores, await storeUser(stores))

      const open = await stores.sessions.listOpenOfUser(user.id, at(10))
      assert.deepEqual(open, [...ties, old])
    }))
}

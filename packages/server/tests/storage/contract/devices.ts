import assert from 'node:assert/strict'
import { test } from 'node:test'

import type {
  DeviceApproval,
  DeviceAuthorization,
} from '../../../src/domain/device-authorization.ts'
import type { Seconds } from '../../../src/domain/time.ts'
import type { User } from '../../../src/domain/user.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent, newSession, storeUser } from '../rows.ts'
import { storeConsent } from './authorization.ts'
import { storeBrowserSession } from './browser-sessions.ts'

export function deviceOf(name: string): DeviceAuthorization {
  return {
    deviceCodeHash: `device of ${name}`,
    userCodeHash: `user's of ${name}`,
    clientId: 'tv',
    scopes: ['openid', 'a "scope"'],
    resources: ['https://api.example.com'],
    createdAt: NOW,
    expiresAt: at(600),
    intervalSeconds: 5 as Seconds,
    askedAt: null,
    approval: null,
    deniedAt: null,
    redeemedAt: null,
  }
}

export function approvalOf(user: User): DeviceApproval {
  return {
    userId: user.id,
    credentialVersion: user.credentialVersion,
    authTime: at(-10),
    acr: null,
    amr: ['pwd'],
    browserSessionId: null,
  }
}

export function testDevices({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a device waits, is found by either code, and no code is given twice`, () =>
    withStores(async ({ deviceAuthorizations: devices }) => {
      const device = deviceOf('a')
      assert.equal(await devices.insert(device), true)
      assert.deepEqual(await devices.find(device.deviceCodeHash), device)
      assert.deepEqual(await devices.findWaiting(device.userCodeHash, at(599)), device)
      assert.equal(await devices.findWaiting(device.userCodeHash, at(600)), null)
      assert.equal(await devices.find('another'), null)
      const sameUserCode = { ...deviceOf('b'), userCodeHash: device.userCodeHash }
      assert.equal(await devices.insert(sameUserCode), false)
      assert.equal(await devices.find(sameUserCode.deviceCodeHash), null)
    }))

  test(`${dialect}: a device whose user signed out meanwhile gets nothing, and nothing is stored`, () =>
    withStores(async (stores) => {
      const { deviceAuthorizations: devices } = stores
      const user = await storeUser(stores)
      const { session: browser } = await storeBrowserSession(stores, user)
      const device = deviceOf('a')
      await devices.insert(device)
      const approval = { ...approvalOf(user), browserSessionId: browser.id }
      await devices.approve(device.userCodeHash, approval, at(1))
      await stores.browserSessions.end(browser.id, user.id, 'logout', at(2))
      const before = await devices.find(device.deviceCodeHash)
      const session = newSession(user.id, { createdAt: at(3), browserSessionId: browser.id })
      assert.equal(await devices.redeem(device.deviceCodeHash, session, 1, []), false)
      assert.deepEqual(await devices.find(device.deviceCodeHash), before)
    }))

  test(`${dialect}: with a consent goes what its user allowed to devices of the client`, () =>
    withStores(async (stores) => {
      const { deviceAuthorizations: devices, consents } = stores
      const users = { mina: await storeUser(stores), juno: await storeUser(stores) }
      const grantedAt = NOW
      const consent = { grants: [], claims: [], redirectUri: '', clientId: 'tv', grantedAt }
      for (const [name, user] of Object.entries(users)) {
        await storeConsent(stores, { ...consent, userId: user.id })
        const device = deviceOf(name)
        await devices.insert(device)
        await devices.approve(device.userCodeHash, approvalOf(user), at(1))
      }
      await devices.insert({ ...deviceOf('radio'), clientId: 'radio' })
      await devices.approve(deviceOf('radio').userCodeHash, approvalOf(users.mina), at(1))
      const event = { ...newEvent('consent.withdrawn'), at: at(2) }
      assert.deepEqual(await consents.withdraw(users.mina.id, 'tv', event), [])
      const redeem = (name: string, user: User) =>
        devices.redeem(deviceOf(name).deviceCodeHash, newSession(user.id), 1, [])
      assert.equal((await devices.find(deviceOf('mina').deviceCodeHash))?.deniedAt, at(2))
      assert.equal(await redeem('mina', users.mina), false)
      assert.equal(await redeem('juno', users.juno), true)
      assert.equal(await redeem('radio', users.mina), true)
    }))

  test(`${dialect}: a device is answered once, by yes or by no, while it waits`, () =>
    withStores(async (stores) => {
      const { deviceAuthorizations: devices } = stores
      const approval = approvalOf(await storeUser(stores))
      for (let round = 0; round < 10; round++) {
        const device = deviceOf(String(round))
        await devices.insert(device)
        const answers = await Promise.all([
          devices.approve(device.userCodeHash, approval, at(1)),
          devices.deny(device.userCodeHash, at(1)),
          devices.approve(device.userCodeHash, approval, at(1)),
        ])
        assert.equal(answers.filter(Boolean).length, 1)
        const stored = await devices.find(device.deviceCodeHash)
        const denied = { ...device, deniedAt: at(1) }
        assert.deepEqual(stored, answers[1] ? denied : { ...device, approval })
        assert.equal(await devices.findWaiting(device.userCodeHash, at(1)), null)
      }
      const late = deviceOf('late')
      await devices.insert(late)
      assert.equal(await devices.approve(late.userCodeHash, approval, at(600)), false)
      assert.equal(await devices.deny(late.userCodeHash, at(600)), false)
    }))

  test(`${dialect}: of questions at once one is noted`, () =>
    withStores(async ({ deviceAuthorizations: devices }) => {
      const device = deviceOf('a')
      await devices.insert(device)
      const noted = await Promise.all(
        [1, 2, 3, 4].map(() => devices.noteQuestion(device, 5 as Seconds, at(3))),
      )
      assert.equal(noted.filter(Boolean).length, 1)
      const asked = (await devices.find(device.deviceCodeHash))!
      assert.deepEqual(asked, { ...device, askedAt: at(3) })
      assert.equal(await devices.noteQuestion(asked, 10 as Seconds, at(4)), true)
      const slowed = { ...device, askedAt: at(4), intervalSeconds: 10 }
      assert.deepEqual(await devices.find(device.deviceCodeHash), slowed)
    }))

  test(`${dialect}: an approved device becomes one session, however many ask`, () =>
    withStores(async (stores) => {
      const { deviceAuthorizations: devices } = stores
      const user = await storeUser(stores)
      const device = deviceOf('a')
      await devices.insert(device)
      const redeem = (version: number, seconds = 1) => {
        const session = newSession(user.id, { clientId: 'tv', createdAt: at(seconds) })
        const started = newEvent('session.started', { sessionId: session.id })
        return devices.redeem(device.deviceCodeHash, session, version, [started])
      }
      assert.equal(await redeem(1), false, 'nobody said yes')
      await devices.approve(device.userCodeHash, approvalOf(user), NOW)
      assert.equal(await redeem(1, 600), false, 'expired')
      assert.equal(await redeem(2), false, 'another password')
      const redeemed = await Promise.all([redeem(1), redeem(1), redeem(1), redeem(1)])
      assert.equal(redeemed.filter(Boolean).length, 1)
      assert.equal(await redeem(1), false)
      assert.equal((await stores.sessions.listOpenOfUser(user.id, NOW)).length, 1)
      assert.deepEqual(await eventNames(stores), ['user.created', 'session.started'])
      assert.equal((await devices.find(device.deviceCodeHash))?.redeemedAt, at(1))
    }))

  test(`${dialect}: a device of who signed out after saying yes gets nothing`, () =>
    withStores(async (stores) => {
      const { deviceAuthorizations: devices, browserSessions } = stores
      const user = await storeUser(stores)
      const { id: browserSessionId } = (await storeBrowserSession(stores, user)).session
      const device = deviceOf('a')
      await devices.insert(device)
      await devices.approve(device.userCodeHash, { ...approvalOf(user), browserSessionId }, NOW)
      await browserSessions.end(browserSessionId, user.id, 'logout', at(1))
      const session = newSession(user.id, { createdAt: at(2), browserSessionId })
      assert.equal(await devices.redeem(device.deviceCodeHash, session, 1, []), false)
      assert.equal(await stores.sessions.find(session.id), null)
    }))

  test(`${dialect}: expired devices and old assertions are forgotten a few at a time`, () =>
    withStores(async ({ deviceAuthorizations: devices, usedAssertions }) => {
      for (const name of ['a', 'b', 'c']) {
        await devices.insert(deviceOf(name))
        await usedAssertions.use(name, at(600))
      }
      await devices.insert({ ...deviceOf('d'), expiresAt: at(601) })
      await usedAssertions.use('d', at(601))
      for (const store of [devices, usedAssertions]) {
        assert.equal(await store.forget(at(599), 10), 0)
        assert.equal(await store.forget(at(600), 2), 2)
        assert.equal(await store.forget(at(600), 2), 1)
        assert.equal(await store.forget(at(600), 2), 0)
      }
      assert.notEqual(await devices.find('device of d'), null)
      assert.equal(await usedAssertions.use('d', at(700)), false)
    }))

  test(`${dialect}: an assertion counts once, whoever else has it at the same time`, () =>
    withStores(async ({ usedAssertions }) => {
      const uses = await Promise.all(
        Array.from({ length: 20 }, () => usedAssertions.use('one', at(60))),
      )
      assert.equal(uses.filter(Boolean).length, 1)
      assert.equal(await usedAssertions.use('other', at(60)), true)
    }))
}

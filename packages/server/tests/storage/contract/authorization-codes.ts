import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AuthorizationCode } from '../../../src/domain/authorization-code.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import type { Session } from '../../../src/domain/session.ts'
import type { User } from '../../../src/domain/user.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent, newSession, storeUser } from '../rows.ts'
import { storeConsent, storedRequest } from './authorization.ts'
import { storeBrowserSession } from './browser-sessions.ts'

const ROUNDS = 10

function codeOf(user: User, codeHash: string): AuthorizationCode {
  return {
    codeHash,
    clientId: 'web',
    userId: user.id,
    credentialVersion: user.credentialVersion,
    redirectUri: 'https://app.example.com/cb',
    codeChallenge: 'a-challenge',
    scopes: ['openid'],
    resources: ['https://api.example.com'],
    nonce: 'a "nonce"',
    authTime: at(-10),
    acr: null,
    amr: ['pwd'],
    browserSessionId: 'a-browser-session',
    requestedClaims: null,
    dpopKeyThumbprint: null,
    createdAt: NOW,
    expiresAt: at(60),
    redeemedAt: null,
    sessionId: null,
  }
}

function redeem({ authorizationCodes }: Stores, code: AuthorizationCode, session: Session) {
  const about = { userId: session.userId, sessionId: session.id }
  const event = newEvent('session.started', about)
  const replay = { ...newEvent('code.reuse_detected'), at: session.createdAt }
  const { codeHash, credentialVersion } = code
  return authorizationCodes.redeem({ codeHash, session, credentialVersion, event, replay })
}

export function testCodes({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a code comes back as it was stored, and answers its request once`, () =>
    withStores(async (stores) => {
      const { authorizationCodes: codes, authorizationRequests: requests } = stores
      const user = await storeUser(stores)
      const code = codeOf(user, 'code')
      assert.equal(await codes.insert(code, null), true)
      assert.deepEqual(await codes.find('code'), code)
      await requests.insert(storedRequest('request'))
      const answers = await Promise.all(
        [1, 2, 3, 4].map((index) => codes.insert(codeOf(user, `code ${index}`), 'request')),
      )
      assert.equal(answers.filter(Boolean).length, 1)
      assert.equal(await requests.find('request', NOW), null)
      const stored = await Promise.all([1, 2, 3, 4].map((index) => codes.find(`code ${index}`)))
      assert.deepEqual(
        stored.map((one) => one !== null),
        answers,
      )
    }))

  test(`${dialect}: no code is left of a consent that is withdrawn while the code is made`, () =>
    withStores(async (stores) => {
      const { authorizationCodes: codes, consents, authorizationRequests: requests } = stores
      const user = await storeUser(stores)
      assert.equal(await codes.insert(codeOf(user, 'without'), null, true), false)
      await requests.insert(storedRequest('request'))
      assert.equal(await codes.insert(codeOf(user, 'without'), 'request', true), false)
      assert.equal(await codes.find('without'), null)
      const nothing = { grants: [], claims: [], redirectUri: '' }
      const consent = { userId: user.id, clientId: 'web', ...nothing, grantedAt: NOW }
      for (let round = 0; round < ROUNDS; round++) {
        await storeConsent(stores, consent)
        const names = Array.from({ length: 8 }, (_, index) => `code ${round} ${index}`)
        const insert = (name: string) => codes.insert(codeOf(user, name), null, true)
        await Promise.all([
          ...names.slice(0, 4).map(insert),
          consents.withdraw(user.id, 'web', newEvent('consent.withdrawn')),
          ...names.slice(4).map(insert),
        ])
        const left = await Promise.all(names.map((name) => codes.find(name)))
        assert.ok(left.every((code) => code === null))
      }
    }))

  test(`${dialect}: a code becomes a session; the second time ends it, with its events`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const code = codeOf(user, 'code')
      await stores.authorizationCodes.insert(code, null)
      const session = newSession(user.id, { clientId: 'web', createdAt: at(1), authTime: at(-10) })
      assert.deepEqual(await redeem(stores, code, session), { kind: 'redeemed' })
      assert.deepEqual(await stores.sessions.find(session.id), session)
      const stored = await stores.authorizationCodes.find('code')
      assert.deepEqual([stored?.redeemedAt, stored?.sessionId], [at(1), session.id])

      const second = newSession(user.id, { createdAt: at(7) })
      const ended = { kind: 'session', subject: session.id, at: at(7) }
      assert.deepEqual(await redeem(stores, code, second), { kind: 'replayed', ended })
      assert.equal(await stores.sessions.find(second.id), null)
      const { endedReason } = (await stores.sessions.find(session.id))!
      assert.equal(endedReason, 'authorization_code_reuse')
      assert.deepEqual(await redeem(stores, code, second), { kind: 'replayed', ended: null })
      const names = await eventNames(stores)
      const expected = ['session.started', 'code.reuse_detected', 'session.revoked']
      assert.deepEqual(names.slice(1), expected)
    }))

  test(`${dialect}: of 50 who bring the same code at once one gets a session, and it has ended`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const code = codeOf(user, 'code')
      await stores.authorizationCodes.insert(code, null)
      const all = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const session = newSession(user.id, { createdAt: at(1) })
          return { session, ...(await redeem(stores, code, session)) }
        }),
      )
      const redeemed = all.filter(({ kind }) => kind === 'redeemed')
      assert.equal(redeemed.length, 1)
      assert.equal(all.filter(({ kind }) => kind === 'replayed').length, 49)
      const { session } = redeemed[0]!
      const { endedAt } = (await stores.sessions.find(session.id))!
      assert.equal(endedAt, at(1))
      assert.equal((await stores.sessions.listOpenOfUser(user.id, at(1))).length, 0)
      const names = await eventNames(stores)
      for (const name of ['session.started', 'code.reuse_detected', 'session.revoked']) {
        assert.equal(names.filter((one) => one === name).length, 1, name)
      }
    }))

  test(`${dialect}: unknown and expired codes, and those of changed accounts, give nothing`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const code = codeOf(user, 'code')
      await stores.authorizationCodes.insert(code, null)
      const cases = [
        () => redeem(stores, codeOf(user, 'unknown'), newSession(user.id)),
        () => redeem(stores, code, newSession(user.id, { createdAt: at(60) })),
        () => redeem(stores, { ...code, credentialVersion: 2 }, newSession(user.id)),
      ]
      for (const attempt of cases) assert.deepEqual(await attempt(), { kind: 'refused' })
      assert.equal((await stores.sessions.listOpenOfUser(user.id, NOW)).length, 0)
      assert.deepEqual(await eventNames(stores), ['user.created'])
      assert.equal(await stores.authorizationCodes.forget(at(60), 10), 0)
      assert.equal(await stores.authorizationCodes.forget(at(61), 10), 1)
    }))

  test(`${dialect}: many codes at once: each gets what it would get alone`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const disabled = await storeUser(stores)
      const { session: open } = await storeBrowserSession(stores, user)
      const { session: over } = await storeBrowserSession(stores, user)
      await stores.browserSessions.end(over.id, user.id, 'logout', NOW)
      const used = codeOf(user, 'used')
      await stores.authorizationCodes.insert(used, null)
      const first = newSession(user.id)
      await redeem(stores, used, first)
      const cases = Array.from({ length: 12 }, (_, index) => [
        { expected: 'redeemed', code: codeOf(user, `plain ${index}`) },
        { expected: 'redeemed', code: codeOf(user, `open ${index}`), browserSessionId: open.id },
        { expected: 'refused', code: codeOf(user, `over ${index}`), browserSessionId: over.id },
        { expected: 'redeemed', code: codeOf(user, `own ${index}`), browserSessionId: 'elsewhere' },
        { expected: 'refused', code: codeOf(disabled, `disabled ${index}`) },
        { expected: 'refused', code: { ...codeOf(user, `late ${index}`), expiresAt: at(1) } },
      ]).flat()
      for (const { code } of cases) await stores.authorizationCodes.insert(code, null)
      await stores.users.disable(disabled.id, newEvent('user.disabled', { userId: disabled.id }))
      cases.push({ expected: 'replayed', code: used })
      cases.push({ expected: 'refused', code: codeOf(user, 'unknown') })
      const found = await Promise.all(
        cases.map(({ code }) => stores.authorizationCodes.find(code.codeHash)),
      )
      assert.deepEqual(
        found.map((code) => code?.codeHash ?? 'unknown'),
        cases.map(({ code }) => code.codeHash),
      )
      const kinds = await Promise.all(
        cases.map(async ({ code, browserSessionId = null }) => {
          const session = newSession(code.userId, { createdAt: at(1), browserSessionId })
          const { kind } = await redeem(stores, code, session)
          assert.equal((await stores.sessions.find(session.id)) !== null, kind === 'redeemed')
          return kind
        }),
      )
      assert.deepEqual(
        kinds,
        cases.map(({ expected }) => expected),
      )
    }))

  test(`${dialect}: whoever signs out meanwhile keeps no session of a code, whichever comes first`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const other = await storeUser(stores)
      for (let round = 0; round < ROUNDS; round++) {
        const { id: browserSessionId } = (await storeBrowserSession(stores, user)).session
        const code = { ...codeOf(user, `code ${round}`), browserSessionId }
        await stores.authorizationCodes.insert(code, null)
        const session = newSession(user.id, { createdAt: at(1), browserSessionId })
        const end = () => stores.browserSessions.end(browserSessionId, user.id, 'logout', at(1))
        if (round === 0) await end()
        await Promise.all([redeem(stores, code, session), end()])
      }
      assert.deepEqual(await stores.sessions.listOpenOfUser(user.id, at(1)), [])
      const { session: kept } = await storeBrowserSession(stores, other)
      const code = { ...codeOf(other, 'kept'), browserSessionId: kept.id }
      await stores.authorizationCodes.insert(code, null)
      const session = newSession(other.id, { createdAt: at(1), browserSessionId: kept.id })
      assert.deepEqual(await redeem(stores, code, session), { kind: 'redeemed' })
    }))

  test(`${dialect}: a consent that is withdrawn takes its codes along, whichever comes first`, () =>
    withStores(async (stores) => {
      const { consents, authorizationCodes } = stores
      const user = await storeUser(stores)
      for (let round = 0; round < ROUNDS; round++) {
        const nothing = { grants: [], claims: [], redirectUri: '' }
        const consent = { userId: user.id, clientId: 'web', ...nothing, grantedAt: NOW }
        await storeConsent(stores, consent)
        const code = codeOf(user, `code ${round}`)
        const ofOther = { ...codeOf(user, `other ${round}`), clientId: 'other' }
        for (const one of [code, ofOther]) await authorizationCodes.insert(one, null)
        const withdraw = () => consents.withdraw(user.id, 'web', newEvent('consent.withdrawn'))
        if (round === 0) await withdraw()
        const session = newSession(user.id, { clientId: 'web', createdAt: at(1) })
        await Promise.all([redeem(stores, code, session), withdraw()])
        assert.notEqual(await authorizationCodes.find(`other ${round}`), null)
        assert.deepEqual(await stores.sessions.listOpenOfUser(user.id, at(1)), [])
      }
    }))
}

export function testRefusedCodes({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a code that is refused stays as it was, and is refused again`, () =>
    withStores(async (stores) => {
      const { authorizationCodes: codes, browserSessions } = stores
      const user = await storeUser(stores)
      const disabled = await storeUser(stores)
      const { session: over } = await storeBrowserSession(stores, user)
      for (const code of [
        { ...codeOf(user, 'signed out'), browserSessionId: over.id },
        codeOf(disabled, 'disabled'),
        { ...codeOf(user, 'new password'), credentialVersion: 2 },
      ]) {
        await codes.insert(code, null)
      }
      await browserSessions.end(over.id, user.id, 'logout', at(1))
      await stores.users.disable(disabled.id, newEvent('user.disabled', { userId: disabled.id }))
      const before = await eventNames(stores)
      for (const name of ['signed out', 'disabled', 'new password', 'signed out', 'disabled']) {
        const code = (await codes.find(name))!
        assert.deepEqual([code.redeemedAt, code.sessionId], [null, null], name)
        const { userId, browserSessionId } = code
        const session = newSession(userId, { createdAt: at(2), browserSessionId })
        assert.deepEqual(await redeem(stores, code, session), { kind: 'refused' }, name)
      }
      assert.deepEqual(await eventNames(stores), before)
    }))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { StoredAuthorizationRequest } from '../../../src/domain/authorization-request.ts'
import type { Consent, StoredConsent } from '../../../src/domain/consent.ts'
import type { UserId } from '../../../src/domain/ids.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import { createGrantConsent } from '../../../src/oauth/authorize/consents.ts'
import { createTestClock } from '../../test-mapae.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent, storeSession, storeUser } from '../rows.ts'

export function storedRequest(idHash: string, clientId = 'web'): StoredAuthorizationRequest {
  return {
    idHash,
    request: {
      clientId,
      redirectUri: 'https://app.example.com/cb',
      responseMode: 'query',
      state: '한글 "state"',
      scopes: ['openid'],
      resources: ['https://api.example.com'],
      codeChallenge: 'a-challenge',
      nonce: null,
      prompts: ['login'],
      maxAgeSeconds: 0,
      loginHint: null,
      uiLocales: ['ko'],
      acrValues: [],
      requiredAcrValues: ['urn:example:one', '둘'],
      requestedClaims: { id_token: { email: null } },
      expectedSubject: null,
      dpopKeyThumbprint: null,
    },
    createdAt: NOW,
    expiresAt: at(600),
    deniedAt: null,
    browserSessionId: null,
    chosenSessionId: null,
    approvedBy: null,
  }
}

export function consentOf(
  userId: UserId,
  clientId: string,
  changes: Partial<Consent> = {},
): Consent {
  const grants = [{ resource: 'https://api.example.com', scopes: ['openid', 'email'] }]
  const redirectUri = 'https://app.example.com/cb'
  return { userId, clientId, grants, claims: [], redirectUri, grantedAt: NOW, ...changes }
}

const granted = newEvent('consent.granted')

function withoutRevision(stored: StoredConsent | null): Consent {
  const { revision: _revision, ...consent } = stored!
  return consent
}

/** The user grants it for a request that asks for it, which is answered then. */
export async function storeConsent(
  { authorizationRequests, consents }: Stores,
  consent: Consent,
): Promise<void> {
  await authorizationRequests.insert(storedRequest('asking', consent.clientId))
  const before = await consents.find(consent.userId, consent.clientId)
  assert.equal(await consents.grant(consent, before, 'asking', granted), 'granted')
  await authorizationRequests.remove('asking')
}

export function testAuthorization({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: an authorization request comes back until it expires`, () =>
    withStores(async ({ authorizationRequests: requests }) => {
      const stored = storedRequest('one')
      await requests.insert(stored)
      assert.deepEqual(await requests.find('one', at(599)), stored)
      assert.equal(await requests.find('one', at(600)), null)
      assert.equal(await requests.find('One', NOW), null)
      await requests.insert({ ...storedRequest('two'), expiresAt: at(601) })
      assert.equal(await requests.forget(at(600), 10), 1)
      assert.equal(await requests.find('one', NOW), null)
      assert.notEqual(await requests.find('two', NOW), null)
    }))

  test(`${dialect}: a request is denied once and taken away once`, () =>
    withStores(async ({ authorizationRequests: requests }) => {
      await requests.insert(storedRequest('one'))
      const denials = await Promise.all([1, 2, 3, 4].map(() => requests.deny('one', at(1))))
      assert.equal(denials.filter(Boolean).length, 1)
      assert.equal((await requests.find('one', NOW))?.deniedAt, at(1))
      const removals = await Promise.all([1, 2, 3, 4].map(() => requests.remove('one')))
      assert.equal(removals.filter(Boolean).length, 1)
      assert.equal(await requests.deny('one', at(1)), false)
    }))

  test(`${dialect}: who signed in for a request is noted with it, the last of them`, () =>
    withStores(async ({ authorizationRequests: requests }) => {
      for (const idHash of ['one', 'two']) await requests.insert(storedRequest(idHash))
      await requests.noteSignIn('one', 'a browser session', at(1))
      await requests.noteSignIn('one', 'another', at(599))
      await requests.noteSignIn('one', 'too late', at(600))
      await requests.noteSignIn('unknown', 'a browser session', at(1))
      assert.equal((await requests.find('one', NOW))?.browserSessionId, 'another')
      assert.equal((await requests.find('two', NOW))?.browserSessionId, null)
    }))

  test(`${dialect}: who was chosen for a request is noted with it, and is not who signed in`, () =>
    withStores(async ({ authorizationRequests: requests }) => {
      for (const idHash of ['one', 'two']) await requests.insert(storedRequest(idHash))
      await requests.noteChoice('one', 'a browser session', at(1))
      await requests.noteChoice('one', 'another', at(599))
      await requests.noteChoice('one', 'too late', at(600))
      await requests.noteChoice('unknown', 'a browser session', at(1))
      const { chosenSessionId, browserSessionId } = (await requests.find('one', NOW))!
      assert.deepEqual([chosenSessionId, browserSessionId], ['another', null])
      assert.equal((await requests.find('two', NOW))?.chosenSessionId, null)
    }))

  test(`${dialect}: a consent approves the request that asked for it and no other`, () =>
    withStores(async (stores) => {
      const { consents, authorizationRequests: requests } = stores
      const [mina, jun] = [await storeUser(stores), await storeUser(stores)]
      for (const idHash of ['one', 'two']) await requests.insert(storedRequest(idHash))
      const consent = consentOf(mina.id, 'web')
      assert.equal(await consents.grant(consent, null, 'one', granted), 'granted')
      assert.deepEqual(withoutRevision(await consents.find(mina.id, 'web')), consent)
      assert.equal((await requests.find('one', NOW))?.approvedBy, mina.id)
      assert.equal((await requests.find('two', NOW))?.approvedBy, null)
      const ofJun = consentOf(jun.id, 'web')
      assert.equal(await consents.grant(ofJun, null, 'one', granted), 'granted')
      assert.equal((await requests.find('one', NOW))?.approvedBy, jun.id)
    }))

  test(`${dialect}: nothing is granted for a request that is over, denied or another client's`, () =>
    withStores(async (stores) => {
      const { consents, authorizationRequests: requests } = stores
      const user = await storeUser(stores)
      for (const idHash of ['denied', 'answered', 'expired', "another's"]) {
        await requests.insert(storedRequest(idHash, idHash === "another's" ? 'app' : 'web'))
      }
      await requests.deny('denied', NOW)
      await requests.remove('answered')
      const events = await eventNames(stores)
      for (const idHash of ['denied', 'answered', 'expired', "another's", 'unknown']) {
        const grantedAt = idHash === 'expired' ? at(600) : NOW
        const consent = consentOf(user.id, 'web', { grantedAt })
        assert.equal(await consents.grant(consent, null, idHash, granted), 'over', idHash)
        assert.notEqual((await requests.find(idHash, NOW))?.approvedBy, user.id)
      }
      assert.deepEqual(await consents.listOfUser(user.id), [])
      assert.deepEqual(await eventNames(stores), events)
    }))

  test(`${dialect}: a request that is answered meanwhile is approved before or not at all`, () =>
    withStores(async (stores) => {
      const { consents, authorizationRequests: requests } = stores
      const user = await storeUser(stores)
      for (let round = 0; round < 10; round++) {
        const clientId = `client ${round}`
        await requests.insert(storedRequest('one', clientId))
        const [outcome] = await Promise.all([
          consents.grant(consentOf(user.id, clientId), null, 'one', granted),
          requests.remove('one'),
        ])
        assert.equal((await consents.find(user.id, clientId)) !== null, outcome === 'granted')
      }
    }))

  test(`${dialect}: a consent takes the place of the one before`, () =>
    withStores(async (stores) => {
      const { consents } = stores
      const user = await storeUser(stores)
      const other = await storeUser(stores)
      await storeConsent(stores, consentOf(user.id, 'web'))
      const grants = [{ resource: 'urn:api', scopes: ['openid', '쓰기'] }]
      const wider = consentOf(user.id, 'web', { grants, grantedAt: at(5) })
      await storeConsent(stores, wider)
      await storeConsent(stores, consentOf(user.id, 'app'))
      assert.deepEqual(withoutRevision(await consents.find(user.id, 'web')), wider)
      assert.equal(await consents.find(other.id, 'web'), null)
      const listed = await consents.listOfUser(user.id)
      assert.deepEqual(listed, [consentOf(user.id, 'app'), wider])
    }))

  test(`${dialect}: of approvals at one moment none is lost, whichever comes first`, () =>
    withStores(async (stores) => {
      const { consents, authorizationRequests: requests } = stores
      const user = await storeUser(stores)
      const grantConsent = createGrantConsent(consents, createTestClock(NOW))
      const names = Array.from({ length: 8 }, (_, index) => `r${index}`)
      for (const round of [1, 2, 3, 4]) {
        const scopeOf = (name: string) => `${name}-${round}`
        const asked = names.map((name, index) => {
          const stored = storedRequest(scopeOf(name))
          const resources = [index < 4 ? 'urn:one' : `urn:${name}`]
          const scopes = ['openid', scopeOf(name)]
          const requestedClaims = { id_token: { [scopeOf(name)]: null } }
          return { ...stored, request: { ...stored.request, resources, scopes, requestedClaims } }
        })
        for (const one of asked) await requests.insert(one)
        const all = await Promise.all(asked.map((one) => grantConsent(user.id, one, null)))
        assert.ok(all.every(Boolean))
        const { grants, claims } = (await consents.find(user.id, 'web'))!
        for (const { request } of asked) {
          const { scopes } = grants.find(({ resource }) => resource === request.resources[0])!
          assert.ok(
            request.scopes.every((scope) => scopes.includes(scope)),
            scopes.join(),
          )
          assert.ok(claims.includes(request.scopes[1]!), claims.join())
        }
      }
      const told = (await eventNames(stores)).filter((name) => name === 'consent.granted')
      assert.equal(told.length, 4 * names.length)
    }))

  test(`${dialect}: what was withdrawn does not come back with an approval at that moment`, () =>
    withStores(async (stores) => {
      const { consents, authorizationRequests: requests } = stores
      const user = await storeUser(stores)
      const grantConsent = createGrantConsent(consents, createTestClock(NOW))
      for (let round = 0; round < 10; round++) {
        await storeConsent(stores, consentOf(user.id, 'web'))
        const stored = storedRequest(`round ${round}`)
        const request = { ...stored.request, scopes: ['new'] }
        await requests.insert({ ...stored, request })
        const event = { ...newEvent('consent.withdrawn', { userId: user.id }), at: at(1) }
        await Promise.all([
          grantConsent(user.id, { ...stored, request }, null),
          consents.withdraw(user.id, 'web', event),
        ])
        // Withdrawn last, and nothing is left; or first, and only the new one is there.
        const left = await consents.find(user.id, 'web')
        assert.deepEqual(left?.grants[0]?.scopes ?? ['new'], ['new'])
        await consents.withdraw(user.id, 'web', event)
      }
    }))

  test(`${dialect}: withdrawing a consent ends the sessions of that client and no others`, () =>
    withStores(async (stores) => {
      const { consents, sessions } = stores
      const user = await storeUser(stores)
      await storeConsent(stores, consentOf(user.id, 'web'))
      const gone = await storeSession(stores, user, { clientId: 'web' })
      const kept = await storeSession(stores, user, { clientId: 'app' })
      const before = (await eventNames(stores)).length
      const event = { ...newEvent('consent.withdrawn', { userId: user.id }), at: at(3) }
      assert.deepEqual(await consents.withdraw(user.id, 'web', event), [
        { kind: 'session', subject: gone.id, at: at(3) },
      ])
      assert.equal((await sessions.find(gone.id))?.endedReason, 'consent_withdrawn')
      assert.equal((await sessions.find(kept.id))?.endedAt, null)
      assert.equal(await consents.withdraw(user.id, 'web', event), null)
      const told = (await eventNames(stores)).slice(before)
      assert.deepEqual(told, ['consent.withdrawn', 'session.revoked'])
    }))
}

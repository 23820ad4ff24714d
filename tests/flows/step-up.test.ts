import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decodeJwt } from 'jose'

import { requestUriOf } from '../../packages/server/src/oauth/authorize/waiting-requests.ts'
import {
  codeIn,
  createOAuthWorld,
  locationOf,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ADDRESS, AUDIENCE, ISSUER, PASSWORD } from '../../packages/server/tests/test-mapae.ts'
import { mapae } from '../../packages/verify/src/index.ts'
import type { RefusalAnswer } from '../../packages/verify/src/refusal.ts'

/** Of the challenge that an API answers with. Spec: RFC 9470 section 3. */
function parametersOf(challenge: string): Record<string, string> {
  return Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, n, v]) => [n, v]))
}

const CLASS = 'urn:mapae:1fa'

type World = Awaited<ReturnType<typeof createOAuthWorld>>

/** An API for which the user must have signed in with a password, in the last five minutes. */
function createApi(world: World) {
  const guard = mapae({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => world.clock.seconds(),
    fetch: async (url, init) =>
      world.mapae.fetch(new Request(url, init), {
        incoming: { socket: { remoteAddress: ADDRESS } },
      }),
    revocations: 'off',
  })
  const check = guard({ acr: CLASS, maxAge: '5m' })
  return {
    async call(token: string) {
      const authorization = `Bearer ${token}`
      return check({ method: 'GET', url: '/', authorization, dpop: undefined })
    },
    close: () => guard.close(),
  }
}

/** What the API asks for in its refusal. */
function askedBy(outcome: { readonly answer?: RefusalAnswer | undefined }) {
  assert.equal(outcome.answer?.status, 401)
  const challenge = parametersOf(outcome.answer.headers['WWW-Authenticate']!)
  assert.equal(challenge['error'], 'insufficient_user_authentication')
  const asked = { acr_values: challenge['acr_values']!, max_age: challenge['max_age']! }
  assert.deepEqual(asked, { acr_values: CLASS, max_age: '300' })
  return asked
}

test('an API asks for a younger sign-in of a class, and the client brings it (RFC 9470)', async () => {
  const world = await createOAuthWorld()
  const api = createApi(world)
  try {
    const { user } = await world.signUp('mina')
    await world.createClient('app')
    world.signIn(user.id)
    const first = await world.exchange('app', await world.code('app'))
    assert.equal((await api.call(first.body.access_token)).answer, undefined)

    world.clock.advance(301)
    const asked = askedBy(await api.call(first.body.access_token))
    const page = locationOf(await world.authorize('app', asked))!
    assert.equal(page.pathname, '/sign-in')
    const id = page.searchParams.get('request')!
    world.signIn(user.id)
    await world.mapae.oauth.waitingRequests.noteSignIn(id, 'browser-session')
    const back = new URLSearchParams({ client_id: 'app', request_uri: requestUriOf(id) })
    const answer = await world.send('GET', `/oauth/authorize?${back.toString()}`, null)
    const second = await world.exchange('app', codeIn(answer))
    assert.equal((await api.call(second.body.access_token)).answer, undefined)
  } finally {
    api.close()
    await world.close()
  }
})

test('a first-party app takes what the API asks for to its next sign-in', async () => {
  const world = await createOAuthWorld()
  const api = createApi(world)
  const claimsIn = (token: string) => decodeJwt<{ acr?: string; auth_time?: number }>(token)
  try {
    const { access_token: signedUp } = await world.signUp('mina')
    const { acr_values, max_age } = askedBy(await api.call(signedUp))
    const password = { username: 'mina', password: PASSWORD }
    const plain = await world.call('POST', '/v1/login', password)
    assert.equal('auth_time' in claimsIn(plain.body.access_token), false)
    askedBy(await api.call(plain.body.access_token))

    const signedInAt = world.clock.seconds()
    const wanted = { acr_values, max_age: Number(max_age) }
    const { status, body } = await world.call('POST', '/v1/login', { ...password, ...wanted })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((await api.call(body.access_token)).answer, undefined)

    world.clock.advance(301)
    const { refresh_token } = body
    const renewed = (await world.call('POST', '/v1/refresh', { refresh_token })).body.access_token
    const { acr, auth_time } = claimsIn(renewed)
    assert.deepEqual([acr, auth_time], [CLASS, signedInAt])
    askedBy(await api.call(renewed))
  } finally {
    api.close()
    await world.close()
  }
})

for (const [what, wish, said] of [
  ['an age alone', { max_age: 0 }, CLASS],
  ['a class that no sign-in reaches, or else one that does', { acr_values: `phr ${CLASS}` }, CLASS],
  ['only classes that no sign-in reaches', { acr_values: 'phr' }, CLASS],
  ['no class at all', { acr_values: '' }, null],
  ['an age that is none', { max_age: -1 }, null],
] as const) {
  test(`a sign-in that wants ${what}`, async () => {
    const world = await createOAuthWorld()
    try {
      await world.signUp('mina')
      const body = { username: 'mina', password: PASSWORD, ...wish }
      const answer = await world.call('POST', '/v1/login', body)
      assert.equal(answer.status, said === null ? 400 : 200)
      if (said === null) assert.equal(answer.body.errors[0].path, Object.keys(wish)[0])
      else assert.equal(decodeJwt(answer.body.access_token)['acr'], said)
    } finally {
      await world.close()
    }
  })
}

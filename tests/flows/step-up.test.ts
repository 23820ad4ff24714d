import assert from 'node:assert/strict'
import { test } from 'node:test'

import { requestUriOf } from '../../packages/server/src/oauth/authorize/waiting-requests.ts'
import {
  codeIn,
  createOAuthWorld,
  locationOf,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ADDRESS, AUDIENCE, ISSUER } from '../../packages/server/tests/test-mapae.ts'
import { mapae } from '../../packages/verify/src/index.ts'

/** Of the challenge that an API answers with. Spec: RFC 9470 section 3. */
function parametersOf(challenge: string): Record<string, string> {
  return Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, n, v]) => [n, v]))
}

test('an API asks for a younger sign-in of a class, and the client brings it (RFC 9470)', async () => {
  const world = await createOAuthWorld()
  const fetchHere = async (url: string, init: RequestInit) =>
    world.mapae.fetch(new Request(url, init), { incoming: { socket: { remoteAddress: ADDRESS } } })
  const guard = mapae({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => world.clock.seconds(),
    fetch: fetchHere,
    revocations: 'off',
  })
  const check = guard({ acr: 'urn:mapae:1fa', maxAge: '5m' })
  const call = (token: string) =>
    check({ method: 'GET', url: '/', authorization: `Bearer ${token}`, dpop: undefined })
  try {
    const { user, access_token: firstParty } = await world.signUp('mina')
    await world.createClient('app')
    world.signIn(user.id)
    const first = await world.exchange('app', await world.code('app'))
    assert.equal((await call(first.body.access_token)).answer, undefined)
    // A token that says nothing of a sign-in does not pass.
    assert.equal((await call(firstParty)).answer?.status, 401)

    world.clock.advance(301)
    const refused = (await call(first.body.access_token)).answer!
    assert.equal(refused.status, 401)
    const challenge = parametersOf(refused.headers['WWW-Authenticate']!)
    assert.equal(challenge['error'], 'insufficient_user_authentication')
    const asked = { acr_values: challenge['acr_values']!, max_age: challenge['max_age']! }
    assert.deepEqual(asked, { acr_values: 'urn:mapae:1fa', max_age: '300' })

    const page = locationOf(await world.authorize('app', asked))!
    assert.equal(page.pathname, '/sign-in')
    const id = page.searchParams.get('request')!
    world.signIn(user.id)
    await world.mapae.oauth.waitingRequests.noteSignIn(id, 'browser-session')
    const back = new URLSearchParams({ client_id: 'app', request_uri: requestUriOf(id) })
    const answer = await world.send('GET', `/oauth/authorize?${back.toString()}`, null)
    const second = await world.exchange('app', codeIn(answer))
    assert.equal((await call(second.body.access_token)).answer, undefined)
  } finally {
    guard.close()
    await world.close()
  }
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import {
  acrValuesOf,
  chooseAcr,
  reachableAcrValues,
} from '../../src/domain/authentication-context.ts'
import { ISSUER } from '../test-mapae.ts'
import { basic, claimsOf, createOAuthWorld, locationOf, type OAuthWorld } from './relying-party.ts'

const ONE_FACTOR = 'urn:mapae:1fa'

let world: OAuthWorld
let userId: string
let secret: string

before(async () => {
  world = await createOAuthWorld()
  userId = (await world.signUp('mina')).user.id
  await world.createClient('app')
  secret = await world.createClient('api', {
    authenticationMethod: 'client_secret_basic',
    redirectUris: [],
    grants: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    resource: {
      audience: 'https://api.example.com',
      accessTokenAlgorithm: null,
      encryptionJwk: null,
    },
  })
})

after(() => world.close())

beforeEach(() => world.signIn(userId))

const claims = (acr: unknown) => ({ claims: JSON.stringify({ id_token: { acr } }) })

/** Tokens of the code that the request gets. */
const tokensFor = async (more: Record<string, string> = {}) =>
  (await world.exchange('app', await world.code('app', more))).body

async function errorFor(more: Record<string, string>): Promise<string | null> {
  const answer = await world.authorize('app', more)
  assert.equal(locationOf(answer)!.origin, 'https://app.example.com')
  return locationOf(answer)!.searchParams.get('error')
}

test('every sign-in is of a class, and of none by what was not done', () => {
  assert.deepEqual(acrValuesOf(['pwd']), [ONE_FACTOR])
  assert.deepEqual(acrValuesOf([]), [])
  assert.deepEqual(reachableAcrValues, [ONE_FACTOR])
})

test('a sign-in of several classes is called as the client wants, else by the strongest', () => {
  const reached = ['strong', 'weak']
  for (const [wanted, acr] of [
    [[], 'strong'],
    [['weak'], 'weak'],
    [['other', 'weak', 'strong'], 'weak'],
    [['other'], 'strong'],
  ] as const) {
    assert.equal(chooseAcr(reached, wanted), acr)
  }
  assert.equal(chooseAcr([], ['weak']), null)
})

test('discovery tells the classes that there are', async () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const { body } = await world.call('GET', `/.well-known/${name}`)
    assert.deepEqual(body.acr_values_supported, reachableAcrValues)
  }
})

test('tokens say the class; in which way is for the client alone', async () => {
  const first = await tokensFor()
  const again = await world.token({
    grant_type: 'refresh_token',
    client_id: 'app',
    refresh_token: first.refresh_token,
  })
  for (const { id_token, access_token } of [first, again.body]) {
    const { acr, amr, auth_time } = claimsOf(id_token)
    assert.deepEqual([acr, amr, auth_time], [ONE_FACTOR, ['pwd'], world.clock.seconds()])
    const access = claimsOf(access_token)
    assert.deepEqual([access.acr, access.amr], [ONE_FACTOR, undefined])
  }
  const proof = basic('api', secret)
  const pairs: [string, string][] = [['token', first.access_token]]
  const { body: told } = await world.send('POST', '/oauth/introspect', pairs, proof)
  assert.deepEqual([told.active, told.acr, told.amr], [true, ONE_FACTOR, undefined])
})

test('a service that goes on for the user can say as much of the sign-in', async () => {
  const { access_token } = await tokensFor({ scope: 'read' })
  const { acr, auth_time } = claimsOf(access_token)
  world.clock.advance(50)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  }
  const { body } = await world.token(form, basic('api', secret))
  const exchanged = claimsOf(body.access_token)
  assert.deepEqual([exchanged.acr, exchanged.auth_time], [acr, auth_time])
})

test('where nobody signed in there is no class', async () => {
  const { access_token } = await world.signUp('jun')
  const form = { grant_type: 'client_credentials', scope: 'read' }
  const own = (await world.token(form, basic('api', secret))).body.access_token
  for (const token of [access_token, own]) assert.equal(claimsOf(token).acr, undefined)
})

test('a wish is answered with what was done', async () => {
  for (const more of [
    { acr_values: 'phr 2' },
    { acr_values: `phr ${ONE_FACTOR}` },
    claims(null),
    claims({ essential: true }),
    claims({ values: ['phr'] }),
    claims({ essential: false, value: 'phr' }),
    claims({ essential: true, value: ONE_FACTOR }),
    { ...claims({ essential: true, values: ['phr', ONE_FACTOR] }), acr_values: 'phr' },
  ]) {
    assert.equal(claimsOf((await tokensFor(more)).id_token).acr, ONE_FACTOR, JSON.stringify(more))
  }
})

test('what is essential and cannot be done is told at once, and nobody is asked', async () => {
  const unmet = 'unmet_authentication_requirements'
  for (const asked of [
    { essential: true, value: 'phr' },
    { essential: true, values: ['phr', 'URN:MAPAE:1FA', ''] },
  ]) {
    for (const prompt of ['none', 'login', 'consent']) {
      assert.equal(await errorFor({ ...claims(asked), prompt }), unmet)
      // A wish beside it takes nothing away.
      assert.equal(await errorFor({ ...claims(asked), prompt, acr_values: ONE_FACTOR }), unmet)
    }
    world.signOut()
    assert.equal(await errorFor(claims(asked)), unmet)
    world.signIn(userId)
  }
  const pairs = [
    ...new URLSearchParams({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: 'https://app.example.com/callback',
      scope: 'openid',
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
      ...claims({ essential: true, value: 'phr' }),
    }),
  ] as [string, string][]
  const { body } = await world.send('POST', '/oauth/par', pairs)
  const pushed = new URLSearchParams({ client_id: 'app', request_uri: body.request_uri }).toString()
  const answer = locationOf(await world.send('GET', `/oauth/authorize?${pushed}`, null))!
  assert.deepEqual(
    [answer.searchParams.get('error'), answer.searchParams.get('iss')],
    [unmet, ISSUER],
  )
})

test('a class that is asked for in words that nobody can be sure of is no request', async () => {
  for (const asked of [
    { essential: 'true', value: ONE_FACTOR },
    { essential: true, value: 1 },
    { essential: true, value: null },
    { essential: true, values: ONE_FACTOR },
    { essential: true, values: [] },
    { essential: true, values: [ONE_FACTOR, 1] },
    { essential: true, value: ONE_FACTOR, values: [ONE_FACTOR] },
  ]) {
    assert.equal(await errorFor(claims(asked)), 'invalid_request', JSON.stringify(asked))
  }
})

test('a class is nothing that a user consents to', async () => {
  await world.createClient('asks', { isTrusted: false })
  await world.consent(await world.authorize('asks', { scope: 'openid' }))
  const more = { scope: 'openid', ...claims({ essential: true, value: ONE_FACTOR }) }
  assert.ok(await world.code('asks', more))
})

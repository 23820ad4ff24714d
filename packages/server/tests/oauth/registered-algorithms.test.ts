import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import * as jose from 'jose'

import type { ClientSignatureAlgorithm } from '../../src/domain/client.ts'
import { createClientKey, withAssertion, type ClientKey } from './client-key.ts'
import { CHALLENGE, createOAuthWorld, errorIn, locationOf, REDIRECT_URI } from './relying-party.ts'
import type { OAuthWorld } from './relying-party.ts'

let world: OAuthWorld
/** One RSA key that does not say what it is for: it fits PS256 and RS256. */
let keys: Record<'PS256' | 'RS256', ClientKey>
const now = () => world.clock.seconds()

before(async () => {
  world = await createOAuthWorld({ clientRegistration: 'open' })
  await world.signUp('mina')
  world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)
  const made = await createClientKey('bank', 'PS256')
  const { alg: _alg, ...jwk } = made.jwk
  const privateJwk = await jose.exportJWK(made.privateKey)
  const signing = async (alg: 'PS256' | 'RS256') => {
    const key = (await jose.importJWK(privateJwk, alg)) as jose.CryptoKey
    return {
      ...made,
      assertion: (at: number, changes = {}) => made.assertion(at, changes, { alg }, key),
      requestObject: (at: number, parameters: Record<string, unknown>) =>
        made.requestObject(at, parameters, { typ: 'oauth-authz-req+jwt', alg }, key),
    }
  }
  keys = { PS256: await signing('PS256'), RS256: await signing('RS256') }
  await world.createClient('bank', {
    authenticationMethod: 'private_key_jwt',
    grants: ['authorization_code', 'client_credentials'],
    jwks: { keys: [jwk] },
  })
})

after(() => world.close())

const register = (changes: {
  assertionAlgorithm?: ClientSignatureAlgorithm | null
  requestObjectAlgorithm?: ClientSignatureAlgorithm | null
}) => world.mapae.clients.update('bank', changes)

async function statusOf(alg: 'PS256' | 'RS256') {
  const assertion = await keys[alg].assertion(now())
  const form = { grant_type: 'client_credentials', ...withAssertion(assertion) }
  const { status, body } = await world.token(form)
  return status === 200 ? 'tokens' : body.error
}

async function answerTo(alg: 'PS256' | 'RS256') {
  const request = await keys[alg].requestObject(now(), {
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'inside',
  })
  const asked = { client_id: 'bank', redirect_uri: REDIRECT_URI, scope: 'openid', request }
  const path = `/oauth/authorize?${new URLSearchParams(asked).toString()}`
  const { searchParams } = locationOf(await world.send('GET', path, null))!
  assert.equal(searchParams.get('iss'), world.config.issuer)
  return searchParams.get('error') ?? 'code'
}

test('an assertion with an algorithm that the client did not register is refused', async () => {
  assert.deepEqual([await statusOf('PS256'), await statusOf('RS256')], ['tokens', 'tokens'])
  await register({ assertionAlgorithm: 'PS256' })
  assert.deepEqual([await statusOf('PS256'), await statusOf('RS256')], ['tokens', 'invalid_client'])
  assert.equal(await answerTo('RS256'), 'code')
  await register({ assertionAlgorithm: null })
})

test('a signed request with an algorithm that the client did not register is refused', async () => {
  assert.deepEqual([await answerTo('PS256'), await answerTo('RS256')], ['code', 'code'])
  await register({ requestObjectAlgorithm: 'PS256' })
  const answers = [await answerTo('PS256'), await answerTo('RS256')]
  assert.deepEqual(answers, ['code', 'invalid_request_object'])
  assert.equal(await statusOf('RS256'), 'tokens')
  await register({ requestObjectAlgorithm: null })
})

test('a client says its algorithms when it registers, and gets them back', async () => {
  const said = {
    require_signed_request_object: true,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    request_object_signing_alg: 'PS256',
    userinfo_signed_response_alg: 'RS256',
  }
  const { jwks } = keys.PS256
  const metadata = { redirect_uris: [REDIRECT_URI], jwks, ...said }
  const { status, body } = await world.call('POST', '/oauth/register', metadata)
  assert.equal(status, 201)
  assert.deepEqual({ ...body, ...said }, body)
  const unsigned = await world.authorize(body.client_id, { scope: 'openid' })
  assert.equal(errorIn(unsigned), 'invalid_request')
  for (const name of Object.keys(said).filter((one) => one.endsWith('_alg'))) {
    for (const algorithm of ['none', 'HS256', 'RS257']) {
      const refused = await world.call('POST', '/oauth/register', {
        ...metadata,
        [name]: algorithm,
      })
      assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_client_metadata'])
    }
  }
})

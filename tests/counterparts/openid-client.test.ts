import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import * as client from 'openid-client'

import { createPageDriver } from '../../packages/server/tests/ui/page-driver.ts'
import { createCounterpartWorld, ISSUER, REDIRECT_URI, type CounterpartWorld } from './world.ts'

let world: CounterpartWorld
let secret: string

before(async () => {
  world = await createCounterpartWorld()
  secret = await world.createClient('web', {
    authenticationMethod: 'client_secret_basic',
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  })
  await world.createClient('spa', {})
})

after(() => world.close())

function discover(clientId: string, authentication: client.ClientAuth) {
  return client.discovery(new URL(ISSUER), clientId, undefined, authentication, {
    [client.customFetch]: (url, init) => world.fetch(url, init as RequestInit),
  })
}

async function signIn(
  config: client.Configuration,
  more: Record<string, string> = {},
  options: client.DPoPOptions = {},
) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  })
  const returned = await world.visit(url)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return client.authorizationCodeGrant(config, returned, checks, undefined, options)
}

test('openid-client: a web application signs a user in and uses every token', async () => {
  const config = await discover('web', client.ClientSecretBasic(secret))
  const tokens = await signIn(config)
  const claims = tokens.claims()!
  assert.equal(claims.sub, world.userId)
  assert.deepEqual(claims['amr'], ['pwd'])
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  assert.equal(info.preferred_username, 'mina')
  assert.equal(info.email, 'mina@example.com')

  const next = await client.refreshTokenGrant(config, tokens.refresh_token!)
  assert.equal(next.claims()?.sub, claims.sub)
  const good = await client.tokenIntrospection(config, next.access_token)
  assert.deepEqual([good.active, good.client_id], [true, 'web'])
  await client.tokenRevocation(config, next.refresh_token!)
  const bad = await client.tokenIntrospection(config, next.access_token)
  assert.equal(bad.active, false)
  await assert.rejects(client.refreshTokenGrant(config, next.refresh_token!), {
    error: 'invalid_grant',
  })
})

test('openid-client: a page without a secret, and with a form post of the secret', async () => {
  const spa = await discover('spa', client.None())
  assert.equal((await signIn(spa)).claims()?.sub, world.userId)
  const web = await discover('web', client.ClientSecretPost(secret))
  assert.equal((await signIn(web)).claims()?.sub, world.userId)
})

test('openid-client: tokens bound to a key (DPoP), refreshed with it', async () => {
  const config = await discover('spa', client.None())
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const tokens = await signIn(config, {}, { DPoP })
  assert.equal(tokens.token_type, 'dpop')
  const subject = tokens.claims()!.sub
  await client.fetchUserInfo(config, tokens.access_token, subject, { DPoP })
  const next = await client.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP })
  assert.equal(next.token_type, 'dpop')
  await assert.rejects(client.fetchUserInfo(config, next.access_token, subject))
})

test('openid-client: a pushed authorization request', async () => {
  const config = await discover('web', client.ClientSecretBasic(secret))
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  assert.deepEqual([...url.searchParams.keys()].toSorted(), ['client_id', 'request_uri'])
  const returned = await world.visit(url)
  const tokens = await client.authorizationCodeGrant(config, returned, { pkceCodeVerifier })
  assert.ok(tokens.access_token)
})

test('openid-client: max_age, and an error that comes back through the browser', async () => {
  const config = await discover('web', client.ClientSecretBasic(secret))
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }
  const aged = client.buildAuthorizationUrl(config, { ...parameters, max_age: '300' })
  const tokens = await client.authorizationCodeGrant(config, await world.visit(aged), {
    pkceCodeVerifier,
    maxAge: 300,
  })
  assert.ok(tokens.claims()?.auth_time)
  const silent = client.buildAuthorizationUrl(config, { ...parameters, prompt: 'none' })
  const browser = createPageDriver(world.server)
  await assert.rejects(
    client.authorizationCodeGrant(config, await world.visit(silent, browser), { pkceCodeVerifier }),
    { error: 'login_required' },
  )
})

test('openid-client: a client for itself', async () => {
  const config = await discover('web', client.ClientSecretBasic(secret))
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read' })
  assert.deepEqual([tokens.token_type, tokens.scope], ['bearer', 'read'])
})

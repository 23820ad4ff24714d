import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import * as client from 'openid-client'

import type { DeviceApproval } from '../../packages/server/src/domain/device-authorization.ts'
import type { UserId } from '../../packages/server/src/domain/ids.ts'
import { createClientKey, type ClientKey } from '../../packages/server/tests/oauth/client-key.ts'
import {
  claimsOf,
  createOAuthWorld,
  REDIRECT_URI,
  type OAuthWorld,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ADDRESS, ISSUER } from '../../packages/server/tests/test-mapae.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

let world: OAuthWorld
let key: ClientKey
let userId: string

/** The client library lives in real time. */
function tick(): void {
  world.clock.advance(Math.floor(Date.now() / 1000) - world.clock.seconds())
}

function fetchServer(url: string, options: object): Promise<Response> {
  tick()
  const connection = { incoming: { socket: { remoteAddress: ADDRESS } } }
  return Promise.resolve(world.mapae.fetch(new Request(url, options), connection))
}

function discover(clientId: string, authentication: client.ClientAuth) {
  return client.discovery(new URL(ISSUER), clientId, undefined, authentication, {
    [client.customFetch]: fetchServer,
  })
}

/** What the browser of a user who is signed in does. */
async function follow(url: URL): Promise<URL> {
  world.signIn(userId)
  const answer = await fetchServer(url.href, { redirect: 'manual' })
  assert.equal(answer.status, 303, await answer.text())
  return new URL(answer.headers.get('location')!)
}

before(async () => {
  world = await createOAuthWorld({}, Math.floor(Date.now() / 1000))
  userId = (await world.signUp('mina')).user.id
  key = await createClientKey('robot')
  await world.createClient('app')
  await world.createClient('tv', { grants: [DEVICE_CODE, 'refresh_token'], redirectUris: [] })
  await world.createClient('robot', {
    authenticationMethod: 'private_key_jwt',
    grants: ['authorization_code', 'refresh_token', 'client_credentials', EXCHANGE, BEARER],
    jwks: key.jwks,
  })
})

after(() => world.close())

const withKey = () => client.PrivateKeyJwt({ key: key.privateKey, kid: 'one' })

test('openid-client: private_key_jwt: client credentials', async () => {
  const config = await discover('robot', withKey())
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read' })
  assert.equal(claimsOf(tokens.access_token).sub, 'robot')
})

test('openid-client: DPoP: code, refresh and a nonce for a client whose clock is wrong', async () => {
  const config = await discover('app', client.None())
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const thumbprint = await DPoP.calculateThumbprint()
  const verifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid read',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    dpop_jkt: thumbprint,
  })
  const callback = await follow(url)
  const checks = { pkceCodeVerifier: verifier, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
  assert.equal(tokens.token_type, 'dpop')
  assert.deepEqual(claimsOf(tokens.access_token).cnf, { jkt: thumbprint })

  const about = await client.fetchUserInfo(config, tokens.access_token, userId, { DPoP })
  assert.equal(about.sub, userId)
  const next = await client.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP })
  assert.equal(claimsOf(next.refresh_token!).gen, 2)

  const late = await discover('app', client.None())
  late[client.customFetch] = fetchServer
  const wrong = client.getDPoPHandle(late, await client.randomDPoPKeyPair('ES256'), {
    [client.modifyAssertion](_header, payload) {
      payload['iat'] = Number(payload['iat']) - 86_400
    },
  })
  const code = await follow(
    client.buildAuthorizationUrl(late, {
      redirect_uri: REDIRECT_URI,
      scope: 'read',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }),
  )
  const byNonce = await client.authorizationCodeGrant(
    late,
    code,
    { pkceCodeVerifier: verifier },
    undefined,
    { DPoP: wrong },
  )
  assert.equal(byNonce.token_type, 'dpop')
})

test('openid-client: PAR, with a proof that binds the code', async () => {
  const config = await discover('robot', withKey())
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('EdDSA'))
  const verifier = client.randomPKCECodeVerifier()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: 'openid read',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const url = await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
  assert.deepEqual([...url.searchParams.keys()].toSorted(), ['client_id', 'request_uri'])
  const callback = await follow(url)
  const checks = { pkceCodeVerifier: verifier, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
  assert.equal(tokens.token_type, 'dpop')
})

test('openid-client: JAR: a signed request', async () => {
  const config = await discover('robot', withKey())
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const url = await client.buildAuthorizationUrlWithJAR(
    config,
    {
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state,
      max_age: '3600',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    },
    { key: key.privateKey, kid: 'one' },
  )
  const checks = { pkceCodeVerifier: verifier, expectedState: state, maxAge: 3600 }
  const tokens = await client.authorizationCodeGrant(config, await follow(url), checks)
  assert.equal(tokens.claims()!.sub, userId)
})

test('openid-client: the device flow', async () => {
  const config = await discover('tv', client.None())
  const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid read' })
  const approval: DeviceApproval = {
    userId: userId as UserId,
    credentialVersion: 1,
    authTime: world.clock.seconds(),
    acr: null,
    amr: ['pwd'],
    browserSessionId: null,
  }
  await world.mapae.oauth.deviceFlow.approve(begun.user_code, approval)
  const tokens = await client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0 })
  assert.equal(tokens.claims()!.sub, userId)
  assert.notEqual(tokens.refresh_token, undefined)
})

test('openid-client: token exchange and the JWT bearer grant', async () => {
  const config = await discover('robot', withKey())
  tick()
  const assertion = await key.assertion(world.clock.seconds(), { sub: userId })
  const first = await client.genericGrantRequest(config, BEARER, { assertion, scope: 'read' })
  assert.equal(claimsOf(first.access_token).sub, userId)
  const exchanged = await client.genericGrantRequest(config, EXCHANGE, {
    subject_token: first.access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  assert.deepEqual(claimsOf(exchanged.access_token).act, { sub: 'robot' })
})

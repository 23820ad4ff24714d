import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import * as oauth from 'oauth4webapi'

import { createCounterpartWorld, ISSUER, REDIRECT_URI, type CounterpartWorld } from './world.ts'

let world: CounterpartWorld
let server: oauth.AuthorizationServer
let http: { [oauth.customFetch]: (url: string, init: object) => Promise<Response> }

before(async () => {
  world = await createCounterpartWorld()
  http = { [oauth.customFetch]: (url, init) => world.fetch(url, init) }
  const issuer = new URL(ISSUER)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...http })
  server = await oauth.processDiscoveryResponse(issuer, found)
})

after(() => world.close())

/** The whole code flow, with every check that the library has. */
async function signIn(
  client: oauth.Client,
  authentication: oauth.ClientAuth,
  more: Record<string, string> = {},
) {
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const url = new URL(server.authorization_endpoint!)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }).toString()
  const parameters = oauth.validateAuthResponse(server, client, await world.visit(url), state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    REDIRECT_URI,
    verifier,
    http,
  )
  return oauth.processAuthorizationCodeResponse(server, client, response.clone(), {
    expectedNonce: nonce,
    requireIdToken: true,
  })
}

for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
  test(`oauth4webapi: a confidential client whose ID tokens are ${algorithm}`, async () => {
    const id = `web-${algorithm}`
    const secret = await world.createClient(id, {
      authenticationMethod: 'client_secret_post',
      idTokenAlgorithm: algorithm,
    })
    const client = {
      client_id: id,
      id_token_signed_response_alg: algorithm === 'EdDSA' ? 'EdDSA' : algorithm,
    }
    const tokens = await signIn(client, oauth.ClientSecretPost(secret))
    const claims = oauth.getValidatedIdTokenClaims(tokens)!
    assert.equal(claims.sub, world.userId)
    const answer = await oauth.userInfoRequest(server, client, tokens.access_token, http)
    const info = await oauth.processUserInfoResponse(server, client, claims.sub, answer)
    assert.equal(info.email, 'mina@example.com')
  })
}

test('oauth4webapi: user info that is signed for the client', async () => {
  await world.createClient('signed', { userinfoAlgorithm: 'ES256' })
  const client = { client_id: 'signed', userinfo_signed_response_alg: 'ES256' }
  const tokens = await signIn(client, oauth.None())
  const answer = await oauth.userInfoRequest(server, client, tokens.access_token, http)
  const info = await oauth.processUserInfoResponse(server, client, world.userId, answer)
  assert.equal(info.email, 'mina@example.com')
  await oauth.validateApplicationLevelSignature(server, answer, http)
})

test('oauth4webapi: refresh, introspection with a signed answer, and revocation', async () => {
  const secret = await world.createClient('web', {
    authenticationMethod: 'client_secret_basic',
    idTokenAlgorithm: 'ES256',
  })
  // With which algorithm answers are signed it has from the metadata.
  const client = { client_id: 'web' }
  const authentication = oauth.ClientSecretBasic(secret)
  const first = await signIn(client, authentication)
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      first.refresh_token!,
      http,
    ),
  )
  const introspect = async () =>
    oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, authentication, refreshed.access_token, {
        ...http,
        requestJwtResponse: true,
      }),
    )
  assert.equal((await introspect()).active, true)
  const revoked = await oauth.revocationRequest(
    server,
    client,
    authentication,
    refreshed.refresh_token!,
    http,
  )
  await oauth.processRevocationResponse(revoked)
  assert.equal((await introspect()).active, false)
})

test('oauth4webapi: a code that comes twice is refused, and says so in its words', async () => {
  await world.createClient('spa', {})
  const client = { client_id: 'spa' }
  const verifier = oauth.generateRandomCodeVerifier()
  const url = new URL(server.authorization_endpoint!)
  url.search = new URLSearchParams({
    client_id: 'spa',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const parameters = oauth.validateAuthResponse(server, client, await world.visit(url))
  const exchange = async () =>
    oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        parameters,
        REDIRECT_URI,
        verifier,
        http,
      ),
    )
  assert.ok((await exchange()).access_token)
  await assert.rejects(exchange(), { error: 'invalid_grant', status: 400 })
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import * as client from 'openid-client'

import { createPageDriver } from '../../packages/server/tests/ui/page-driver.ts'
import { createCounterpartWorld, ISSUER, REDIRECT_URI } from './world.ts'

const world = await createCounterpartWorld({ clientRegistration: 'open' })
after(() => world.close())

const RETURN = 'https://app.example.com/bye'
const customFetch: client.CustomFetch = (url, init) => world.fetch(url, init as RequestInit)

test('openid-client: registers itself, signs a user in, and out again at the server', async () => {
  const config = await client.dynamicClientRegistration(
    new URL(ISSUER),
    {
      client_name: 'Registered by itself',
      redirect_uris: [REDIRECT_URI],
      post_logout_redirect_uris: [RETURN],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid email',
    },
    undefined,
    { [client.customFetch]: customFetch },
  )
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  })
  const browser = createPageDriver(world.server)
  const returned = await world.visit(url, browser)
  const tokens = await client.authorizationCodeGrant(config, returned, {
    pkceCodeVerifier,
    expectedState,
    idTokenExpected: true,
  })
  assert.equal(tokens.claims()?.sub, world.userId)

  const end = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: RETURN,
    id_token_hint: tokens.id_token!,
    state: 'bye',
  })
  const gone = await world.visit(end, browser)
  assert.equal(gone.href, `${RETURN}?state=bye`)
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), {
    error: 'invalid_grant',
  })
})

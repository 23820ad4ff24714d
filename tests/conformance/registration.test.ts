import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import * as jose from 'jose'

import {
  createClientKey,
  withAssertion,
  type ClientKey,
} from '../../packages/server/tests/oauth/client-key.ts'
import {
  codeIn,
  createOAuthWorld,
  query,
  REDIRECT_URI,
  VERIFIER,
  type OAuthWorld,
} from '../../packages/server/tests/oauth/relying-party.ts'

/** What a client names is on this machine, which is called in development only. */
const ISSUER = 'http://localhost:4400'

let world: OAuthWorld
let userId: string
let key: ClientKey
/** The redirect URIs that the sector's document lists. */
let listed: readonly string[] = []
const address = createServer((_, response) =>
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(listed)),
)

before(async () => {
  await new Promise<void>((resolve) => address.listen(0, '127.0.0.1', resolve))
  world = await createOAuthWorld({ issuer: ISSUER, clientRegistration: 'open' })
  userId = (await world.signUp('mina')).user.id
  world.signIn(userId)
  key = await createClientKey('unused', 'RS256')
})

after(async () => {
  await world.close()
  address.close()
})

/** As the modules register: by a key of their own, for a code. */
function register(more: object) {
  return world.call('POST', '/oauth/register', {
    client_name: 'suite',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: key.jwks,
    contacts: ['certification@oidf.org'],
    ...more,
  })
}

async function sign(clientId: string): Promise<string> {
  const claims = { iss: clientId, sub: clientId }
  return key.assertion(world.clock.seconds(), { ...claims, aud: `${ISSUER}/oauth/token` })
}

async function tokensOf(clientId: string) {
  const asked = await world.send('GET', `/oauth/authorize?${query(clientId, openid)}`, null)
  const code = codeIn(await world.consent(asked))
  const form = { grant_type: 'authorization_code', code_verifier: VERIFIER }
  return (await world.token({ ...form, code, ...withAssertion(await sign(clientId)) })).body
}

const openid = { scope: 'openid' }

test('a client that registers with the sector that lists its redirect URI is taken', async () => {
  const { port } = address.address() as AddressInfo
  listed = [REDIRECT_URI]
  const sector = `http://127.0.0.1:${port}/redirect_uris.json`
  const pairwise = { subject_type: 'pairwise', sector_identifier_uri: sector }
  const { status, body } = await register(pairwise)
  assert.equal(status, 201)
  assert.deepEqual({ ...body, ...pairwise }, body)
})

test('a client that registers with a sector that does not list its redirect URI is refused', async () => {
  const { port } = address.address() as AddressInfo
  listed = ['https://example.com/op']
  const { status, body, headers } = await register({
    subject_type: 'pairwise',
    sector_identifier_uri: `http://127.0.0.1:${port}/redirect_uris.json`,
  })
  assert.deepEqual([status, body.error], [400, 'invalid_client_metadata'])
  assert.equal(headers.get('content-type'), 'application/json')
})

test('a client that registers for user info signed with RS256 gets that', async () => {
  const metadata = await world.call('GET', '/.well-known/openid-configuration')
  assert.ok(metadata.body.userinfo_signing_alg_values_supported.includes('RS256'))
  const { body: client } = await register({ userinfo_signed_response_alg: 'RS256' })
  const { access_token, id_token } = await tokensOf(client.client_id)
  const authorization = { Authorization: `Bearer ${access_token}` }
  const answer = await world.send('GET', '/oauth/userinfo', null, authorization)
  assert.equal(answer.headers.get('content-type'), 'application/jwt')
  const keys = (await world.call('GET', '/.well-known/jwks.json')).body
  const { payload, protectedHeader } = await jose.jwtVerify(
    answer.text,
    jose.createLocalJWKSet(keys),
    {
      issuer: ISSUER,
      audience: client.client_id,
      currentDate: new Date(world.clock.milliseconds()),
    },
  )
  assert.equal(protectedHeader.alg, 'RS256')
  assert.equal(payload.sub, jose.decodeJwt(id_token).sub)
  assert.equal(payload['nonce'], undefined)
})

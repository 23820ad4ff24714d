import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'

import type { UserId } from '../../src/domain/ids.ts'
import { silentLogger } from '../test-mapae.ts'
import { claimsOf, codeIn, createOAuthWorld, query } from './relying-party.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

const logged: { readonly code?: string; readonly because?: string }[] = []
const world = await createOAuthWorld({
  logger: { ...silentLogger, info: (fields) => void logged.push(fields) },
})
after(() => world.close())
const { user } = await world.signUp('mina')
world.signIn(user.id)

/** Together over what a token may be long. */
const apis = Array.from(
  { length: 8 },
  (_, name) => `https://${name}.${'long.'.repeat(25)}example.com`,
)
const SEALED = 'https://sealed.example.com'
await world.createClient('sealed', {
  redirectUris: [],
  grants: [],
  resource: {
    audience: SEALED,
    accessTokenAlgorithm: null,
    encryptionJwk: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
      format: 'jwk',
    }),
  },
})
await world.createClient('web', {
  grants: ['authorization_code', 'refresh_token', DEVICE_CODE],
  audiences: [...apis, SEALED],
})

/** A code for all of these resources. */
async function codeFor(resources: readonly string[]): Promise<string> {
  const asked = new URLSearchParams(query('web', { scope: 'read' }))
  for (const resource of resources) asked.append('resource', resource)
  return codeIn(await world.send('GET', `/oauth/authorize?${asked.toString()}`, null))
}

test('a code whose token would be too large is not spent, and the answer and the log say why', async () => {
  const code = await codeFor(apis)
  for (let count = 0; count < 2; count++) {
    const answer = await world.exchange('web', code)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_scope'], answer.text)
    assert.match(answer.body.error_description, /Ask for fewer scopes or resources/)
  }
  const line = logged.find((one) => one.code === 'token_too_large')
  assert.match(line?.because ?? '', / \d{4} bytes, over its budget of 1024; largest claims: aud/)
  const less = await world.exchange('web', code, { resource: apis[0]! })
  assert.equal(less.status, 200, less.text)
  assert.equal(claimsOf(less.body.access_token).aud, apis[0])
  const again = await world.exchange('web', code, { resource: apis[0]! })
  assert.equal(again.body.error, 'invalid_grant')
})

test('nor is one whose token was asked for together with one that only its reader may have', async () => {
  const code = await codeFor([apis[0]!, SEALED])
  assert.equal((await world.exchange('web', code)).body.error, 'invalid_target')
  const alone = await world.exchange('web', code, { resource: SEALED })
  assert.equal(alone.status, 200, alone.text)
})

test('a device is told the same, each time it asks', async () => {
  const form = [['client_id', 'web'], ['scope', 'read'], ...apis.map((api) => ['resource', api])]
  const begun = await world.send('POST', '/oauth/device_authorization', form as [string, string][])
  await world.mapae.oauth.deviceFlow.approve(begun.body.user_code, {
    userId: user.id as UserId,
    credentialVersion: 1,
    authTime: world.clock.seconds(),
    acr: null,
    amr: ['pwd'],
    browserSessionId: null,
  })
  const ask = { grant_type: DEVICE_CODE, client_id: 'web', device_code: begun.body.device_code }
  for (let count = 0; count < 2; count++) {
    world.clock.advance(5)
    assert.equal((await world.token(ask)).body.error, 'invalid_scope')
  }
  const { sessions } = world.mapae.stores
  const open = await sessions.listOpenOfUser(user.id as UserId, world.clock.seconds())
  // That of the second code above, and none of the device.
  assert.equal(open.filter(({ clientId }) => clientId === 'web').length, 1)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { AUDIENCE, ISSUER } from '../test-mapae.ts'
import { basic, claimsOf, createOAuthWorld, type OAuthWorld } from './relying-party.ts'

/** What takes an access token of a user, or of a client that reads what was revoked. */
const ENDPOINTS = [
  ['GET', '/v1/me'],
  ['GET', '/v1/sessions'],
  ['DELETE', '/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA'],
  ['POST', '/v1/password'],
  ['GET', '/v1/revocations'],
  ['POST', '/v1/signals'],
] as const

/** An application of which nobody said what its access tokens are for gets those of the server. */
for (const audience of [ISSUER, AUDIENCE]) {
  let world: OAuthWorld
  let tokens: Readonly<Record<string, string>>

  before(async () => {
    world = await createOAuthWorld({ audience, revocationFeed: 'private' })
    const { user, access_token } = await world.signUp('mina')
    world.signIn(user.id)
    await world.createClient('app')
    const secret = await world.createClient('machine', {
      authenticationMethod: 'client_secret_basic',
      grants: ['client_credentials'],
      redirectUris: [],
    })
    const form = { grant_type: 'client_credentials' }
    const ofApp = async (scope: string) =>
      (await world.exchange('app', await world.code('app', { scope }))).body.access_token as string
    tokens = {
      own: access_token,
      'of an application': await ofApp('read'),
      'of an application that may see the user': await ofApp('openid read'),
      'of a machine': (await world.token(form, basic('machine', secret))).body.access_token,
    }
  })

  after(() => world.close())

  for (const name of [
    'of an application',
    'of an application that may see the user',
    'of a machine',
  ]) {
    test(`for ${audience}: a token ${name} opens nothing that is the server's own`, async () => {
      const headers = world.bearer(tokens[name]!)
      for (const [method, path] of ENDPOINTS) {
        const json = method === 'POST' ? { current_password: 'a', new_password: 'b' } : undefined
        const { status, body } = await world.call(method, path, json, headers)
        assert.ok([401, 403].includes(status), `${method} ${path}: ${status} ${body.code}`)
      }
      const userinfo = await world.send('GET', '/oauth/userinfo', null, headers)
      const withoutOpenid = audience === ISSUER ? 403 : 401
      assert.equal(userinfo.status, name.endsWith('the user') ? 200 : withoutOpenid)
    })

    test(`for ${audience}: an API can tell a token ${name} from one of the first party`, () => {
      const own = claimsOf(tokens['own']!)
      const other = claimsOf(tokens[name]!)
      assert.ok([other.aud].flat().includes(own.aud), 'the audience alone does not')
      assert.deepEqual([own.client_id, own.scope], ['first-party', undefined])
      assert.notEqual(other.client_id, 'first-party')
      assert.match(other.scope, /\bread\b/)
    })
  }
}

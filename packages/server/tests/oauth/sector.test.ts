import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'

import { OutgoingRefusal } from '../../src/http/outgoing-fetch.ts'
import {
  basic,
  claimsOf,
  codeIn,
  createOAuthWorld,
  REDIRECT_URI,
  VERIFIER,
} from './relying-party.ts'

const SECTOR = 'https://sector.example/redirect-uris.json'
const OTHER_URI = 'https://shop.example.com/callback'

/** What lies at the address of the sector. */
let answer: () => Response
let asked: string[] = []
const world = await createOAuthWorld({ clientRegistration: 'open' }, undefined, async (url) => {
  asked.push(url)
  return answer()
})
after(() => world.close())
await world.signUp('mina')
const userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
world.signIn(userId)

const list = (...uris: unknown[]) => {
  return () => Response.json(uris)
}

beforeEach(() => {
  asked = []
  answer = list(REDIRECT_URI, OTHER_URI)
})

let addresses = 0
const register = (more: object = {}, address = `192.0.2.${++addresses}`) => {
  const pairwise = { subject_type: 'pairwise', sector_identifier_uri: SECTOR }
  const metadata = { redirect_uris: [REDIRECT_URI], ...pairwise, ...more }
  return world.call('POST', '/oauth/register', metadata, {}, address)
}

async function subjectFor(client: any, redirectUri = REDIRECT_URI): Promise<string> {
  const id: string = client.client_id
  const uri = { redirect_uri: redirectUri }
  const asking = await world.authorize(id, { scope: 'openid', ...uri })
  const code = codeIn(await world.consent(asking))
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...uri }
  const { body } = await world.token(form, basic(id, client.client_secret))
  return claimsOf(body.id_token).sub
}

test('clients that their sector lists know users under the same name, and no other does', async () => {
  const { status, body: first } = await register()
  assert.equal(status, 201)
  assert.deepEqual([first.subject_type, first.sector_identifier_uri], ['pairwise', SECTOR])
  assert.equal(first.sector_identifier, undefined)
  assert.deepEqual(asked, [SECTOR])
  const { body: second } = await register({ redirect_uris: [OTHER_URI] })
  const { body: stranger } = await register({ sector_identifier_uri: undefined })
  const subject = await subjectFor(first)
  assert.notEqual(subject, userId)
  assert.equal(await subjectFor(second, OTHER_URI), subject)
  assert.notEqual(await subjectFor(stranger), subject)
})

test('redirect URIs of several hosts are pairwise within a sector only', async () => {
  const several = { redirect_uris: [REDIRECT_URI, OTHER_URI] }
  const without = await register({ ...several, sector_identifier_uri: undefined })
  assert.deepEqual([without.status, without.body.error], [400, 'invalid_client_metadata'])
  assert.equal((await register(several)).status, 201)
  answer = list(REDIRECT_URI)
  assert.equal((await register(several)).status, 400)
})

const bad: readonly (readonly [string, () => Response])[] = [
  ['lists other redirect URIs', list('https://example.com/op')],
  ['lists one of them', list(OTHER_URI)],
  ['lists none', list()],
  ['lists what only begins alike', list(`${REDIRECT_URI}/more`, REDIRECT_URI.toUpperCase())],
  ['lists something else too', list(REDIRECT_URI, 7)],
  ['is no list', () => Response.json({ redirect_uris: [REDIRECT_URI] })],
  ['is a text', () => Response.json(REDIRECT_URI)],
  ['is no JSON', () => new Response(REDIRECT_URI)],
  ['is too long', list(REDIRECT_URI, 'a'.repeat(64 * 1024))],
  ['is not there', () => Response.json([REDIRECT_URI], { status: 404 })],
  ['is elsewhere', () => Response.redirect('https://elsewhere.example/', 302)],
  [
    'may not be asked for',
    () => {
      throw new OutgoingRefusal('address_not_public')
    },
  ],
]

const refusal = {
  error: 'invalid_client_metadata',
  error_description: 'sector_identifier_uri must lead to a JSON array that has all redirect URIs.',
}

for (const [what, response] of bad) {
  test(`a sector whose document ${what} is refused, and the answer is always the same`, async () => {
    answer = response
    const { status, body } = await register()
    assert.deepEqual([status, body], [400, refusal])
    assert.equal((await register({ subject_type: 'public' })).status, 400)
  })
}

test('a client that changes what is known of it is looked up in its sector again', async () => {
  const { body: mine } = await register()
  const path = `/oauth/register/${mine.client_id}`
  const headers = world.bearer(mine.registration_access_token)
  const put = (uris: string[], address: string) => {
    const pairwise = { subject_type: 'pairwise', sector_identifier_uri: SECTOR }
    const metadata = { client_id: mine.client_id, redirect_uris: uris, ...pairwise }
    return world.call('PUT', path, metadata, headers, address)
  }
  const evil = await put(['https://evil.example/'], '192.0.2.200')
  assert.deepEqual([evil.status, evil.body], [400, refusal])
  const { body: kept } = await world.call('GET', path, undefined, headers)
  assert.deepEqual(kept.redirect_uris, [REDIRECT_URI])
  assert.equal((await put([OTHER_URI], '192.0.2.200')).status, 200)
  for (let count = 3; count <= 10; count++) await put([OTHER_URI], '192.0.2.200')
  const before = asked.length
  assert.equal((await put([OTHER_URI], '192.0.2.200')).status, 429)
  assert.equal(asked.length, before)
})

test('nobody is called for a client that cannot be', async () => {
  assert.equal((await register({ redirect_uris: ['javascript:alert(1)'] })).status, 400)
  assert.deepEqual(asked, [])
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'

import {
  createOAuthWorld,
  locationOf,
  query,
  wayOnIn,
  type FormAnswer,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { createPageDriver } from '../../packages/server/tests/ui/page-driver.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../../packages/server/tests/test-mapae.ts'

/** One line of `open-redirect.jsonl`: a link to this server that is to end somewhere else. */
interface OpenRedirectCase {
  readonly name: string
  /** Parameters that are null are left out. */
  readonly asks: Record<string, string | null>
  readonly source: string
}

const cases = readFileSync(new URL('./open-redirect.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as OpenRedirectCase)

const BAIT = 'https://bait.example.org/sign-in'
const BYE = 'https://bait.example.org/bye'
const OTHER_BYE = 'https://other.example.net/bye'
const DEVICE = 'http://127.0.0.1:7/callback'
const AGENT = 'https://agent.example.com/client.json'

const metadata = {
  client_name: 'Your Bank',
  client_uri: 'https://bank.example.net/',
  redirect_uris: [BAIT, DEVICE],
  post_logout_redirect_uris: [BYE, OTHER_BYE],
  scope: 'openid',
  id_token_signed_response_alg: 'ES256',
  token_endpoint_auth_method: 'none',
}
const open = { clientMetadataDocuments: 'on', clientRegistration: 'open' } as const
const outgoingFetch = async () => Response.json({ ...metadata, client_id: AGENT })

const world = await createOAuthWorld(open, undefined, outgoingFetch)
const server = await createTestMapae(open, undefined, { outgoingFetch })
after(() => Promise.all([world.close(), server.close()]))
for (const one of [world, server]) {
  await one.signUp('mina')
  await one.signUp('jun')
}
const idOf = async (name: string) => (await world.mapae.stores.users.findByUsernameKey(name))!.id
const userId = await idOf('mina')
const otherId = await idOf('jun')

let strangers = 0

/** A new client that nobody knows, of either kind. */
const introduce = {
  document: async () => AGENT,
  async registered({ call }: Pick<typeof server, 'call'>) {
    const made = await call('POST', '/oauth/register', metadata, {}, `192.0.2.${++strangers}`)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body.client_id as string
  },
} as const

const asks = { redirect_uri: BAIT, scope: 'openid' }

/** The person reads where it would lead, and nothing takes them there unasked. */
function assertStays({ status, headers, text }: Pick<FormAnswer, 'status' | 'headers' | 'text'>) {
  assert.deepEqual([status, headers.get('location')], [200, null])
  assert.match(text, /<strong>bait\.example\.org<\/strong>/)
  assert.doesNotMatch(text, /data-send|http-equiv="refresh"|<script>|bank\.example|Your Bank/)
}

test('every case has another name', () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
})

for (const [kind, make] of Object.entries(introduce)) {
  for (const one of cases) {
    test(`a ${kind} client leads nobody to its address by ${one.name}`, async () => {
      const clientId = await make(world)
      for (const signIn of [() => world.signOut(), () => world.signIn(userId)]) {
        signIn()
        assertStays(await world.authorize(clientId, { ...asks, ...one.asks }))
      }
    })
  }

  test(`a ${kind} client leads nobody to its address who said no`, async () => {
    const clientId = await make(server)
    const browser = createPageDriver(server)
    await browser.submit('/sign-in', { username: 'mina', password: PASSWORD })
    const asked = await browser.get(`/oauth/authorize?${query(clientId, asks)}`)
    const denied = await browser.submit(pathOf(asked.location), { decision: 'deny' })
    const page = await browser.get(denied.location!)
    assertStays(page)
    // Who wants to may go on, and the application learns what it would have learnt.
    const link = new URL(wayOnIn(page))
    assert.equal(link.origin + link.pathname, BAIT)
    assert.equal(link.searchParams.get('error'), 'access_denied')
    assert.equal(link.searchParams.get('state'), 'a-state')
    assert.equal(link.searchParams.get('iss'), ISSUER)
  })

  test(`a ${kind} client that its user allowed gets its answers as before`, async () => {
    const clientId = await make(world)
    world.signIn(otherId)
    await world.consent(await world.authorize(clientId, asks))
    const silent = await world.authorize(clientId, { ...asks, prompt: 'none' })
    assert.ok(locationOf(silent)!.searchParams.has('code'))
    const wrong = await world.authorize(clientId, { ...asks, scope: 'nothing' })
    assert.equal(locationOf(wrong)!.searchParams.get('error'), 'invalid_scope')
    const more = await world.authorize(clientId, { ...asks, prompt: 'none', max_age: '0' })
    assert.equal(locationOf(more)!.searchParams.get('error'), 'login_required')
    // Its user agreed to that address and to no other.
    const elsewhere = { ...asks, redirect_uri: DEVICE, scope: 'nothing' }
    const { status, headers } = await world.authorize(clientId, elsewhere)
    assert.deepEqual([status, headers.get('location')], [200, null])
    world.signOut()
    assertStays(await world.authorize(clientId, { ...asks, prompt: 'none' }))
  })

  test(`a ${kind} client leads nobody to its address by signing out`, async () => {
    const clientId = await make(server)
    const wish = { client_id: clientId, post_logout_redirect_uri: BYE, state: 'a&b' }
    const path = `/oauth/logout?${new URLSearchParams(wish).toString()}`
    const browser = createPageDriver(server)
    const nobody = await browser.get(path)
    assert.match(nobody.location!, /^https:\/\/auth\.example\.com\/signed-out\?/)
    const page = await browser.get(pathOf(nobody.location))
    assertStays(page)
    assert.equal(wayOnIn(page), `${BYE}?state=a%26b`)
    const asksNobody = await browser.get(path.replace('/oauth/logout', '/sign-out'))
    assert.match(asksNobody.location!, /^\/signed-out\?/)

    await browser.submit('/sign-in', { username: 'mina', password: PASSWORD })
    const asked = await browser.get(path)
    const done = await browser.submit(pathOf(asked.location), {})
    assert.match(done.location!, /^\/signed-out\?/)
    assertStays(await browser.get(done.location!))
  })

  test(`a ${kind} client that its user allowed may have them back after signing out`, async () => {
    const clientId = await make(server)
    for (const [returnTo, pattern] of [
      [BYE, /^https:\/\/bait\.example\.org\/bye$/],
      [OTHER_BYE, /^\/signed-out\?/],
    ] as const) {
      const browser = createPageDriver(server)
      await browser.submit('/sign-in', { username: 'jun', password: PASSWORD })
      const asked = await browser.get(`/oauth/authorize?${query(clientId, asks)}`)
      if (asked.location!.startsWith(ISSUER)) {
        await browser.submit(pathOf(asked.location), { decision: 'allow' })
      }
      const wish = { client_id: clientId, post_logout_redirect_uri: returnTo }
      const out = await browser.get(`/oauth/logout?${new URLSearchParams(wish).toString()}`)
      assert.match((await browser.submit(pathOf(out.location), {})).location!, pattern)
    }
  })
}

test('applications of the operator get every answer at once', async () => {
  await world.createClient('web', { redirectUris: [BAIT], scopes: ['openid'] })
  world.signOut()
  for (const one of cases) {
    const answer = await world.authorize('web', { ...asks, ...one.asks })
    const isForm = one.asks['response_mode'] === 'form_post'
    assert.equal(isForm || locationOf(answer)?.origin === new URL(BAIT).origin, true, one.name)
    assert.equal(/data-send/.test(answer.text), isForm, one.name)
  }
})

function pathOf(location: string | null): string {
  const { pathname, search } = new URL(location!, ISSUER)
  return pathname + search
}

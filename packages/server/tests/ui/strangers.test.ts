import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { defaultClientSettings } from '../../src/domain/client.ts'
import { query } from '../oauth/relying-party.ts'
import { createTestMapae, PASSWORD } from '../test-mapae.ts'
import { createPageDriver } from './page-driver.ts'

const AGENT = 'https://agent.example.com/client.json'
const FILES = 'https://files.example.com/mcp'
const WEB = 'https://app.example.org/callback'
const DEVICE = 'http://127.0.0.1/callback'

const metadata = {
  client_name: 'Bank',
  redirect_uris: [WEB, DEVICE],
  token_endpoint_auth_method: 'none',
  client_uri: 'https://bank.example.net/',
}
const server = await createTestMapae(
  { clientMetadataDocuments: 'on', clientRegistration: 'open' },
  undefined,
  { outgoingFetch: async () => Response.json({ ...metadata, client_id: AGENT }) },
)
after(() => server.close())
await server.signUp('mina')
await server.mapae.clients.create('files', {
  ...defaultClientSettings,
  name: 'Files <i>',
  grants: [],
  resource: { audience: FILES, accessTokenAlgorithm: null, encryptionJwk: null },
  openScopes: [
    { scope: 'files:read', text: 'read your <b>files</b>' },
    { scope: 'files:write', text: null },
  ],
})
const registered = (await server.call('POST', '/oauth/register', metadata)).body.client_id as string

/** What the page says, in the order in which it does; tags are gone. */
async function consentPage(clientId: string, redirectUri: string, language = 'en') {
  const browser = createPageDriver(server, language)
  const wish = { scope: 'openid files:read files:write', resource: FILES }
  const search = query(clientId, { ...wish, redirect_uri: redirectUri })
  const first = await browser.get(`/oauth/authorize?${search}`)
  const path = first.location!.slice(server.config.issuer.length)
  const again = await browser.submit(path, { username: 'mina', password: PASSWORD })
  const asked = await browser.get(again.location!)
  const page = await browser.get(
    new URL(asked.location!, server.config.issuer).pathname +
      new URL(asked.location!, server.config.issuer).search,
  )
  return page.text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
}

const onDevice = /Any program on this device could ask this in its name\./

test('the page tells which API it is about, in the words of its operator, and who vouches', async () => {
  const text = await consentPage(AGENT, WEB)
  const said = [
    'Let Bank use your account?',
    'agent.example.com',
    'go on only if you trust agent.example.com',
    'recognise you when you sign in',
    'read your &lt;b&gt;files&lt;/b&gt;',
    'use the permission “files:write”',
    `act for you at Files &lt;i&gt; (${FILES})`,
    'You go on to app.example.org.',
  ]
  const places = said.map((words) => text.indexOf(words))
  assert.ok(
    places.every((place, index) => place > (places[index - 1] ?? 0)),
    `${places.join()} ${text}`,
  )
  assert.doesNotMatch(text, onDevice)
})

test('a host does not vouch for a program on the device', async () => {
  assert.match(await consentPage(AGENT, DEVICE), onDevice)
})

test('a client that registered itself is known by where its answers go, or by nothing', async () => {
  const text = await consentPage(registered, WEB)
  assert.match(text, /does not know this application\. .* only if you trust app\.example\.org/)
  const korean = await consentPage(registered, DEVICE, 'ko')
  assert.match(korean, /방금 이 기기에서 직접 시작한 앱일 때만/)
})

test('nobody is sent back to an address that a stranger chose', async () => {
  for (const client of [AGENT, registered]) {
    const search = new URLSearchParams({ request: 'x'.repeat(43), client_id: client }).toString()
    const page = await createPageDriver(server).get(`/consent?${search}`)
    assert.equal(page.status, 410, page.text)
    assert.doesNotMatch(page.text, /bank\.example\.net/)
  }
})

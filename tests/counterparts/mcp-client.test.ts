import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { mapae, type NodeGuard } from '@mapae/verify/node'
import * as oauth from 'oauth4webapi'

import { createCounterpartWorld, ISSUER, REDIRECT_URI, type CounterpartWorld } from './world.ts'

const TOOLS = 'https://tools.example.com'
const API = `${TOOLS}/mcp`
const AGENT = 'https://agent.example.com/oauth/client.json'

let world: CounterpartWorld
let http: { [oauth.customFetch]: (url: string, init: object) => Promise<Response> }
let api: { [oauth.customFetch]: (url: string, init: object) => Promise<Response> }
let closeApi: () => Promise<void>

/** What the client publishes about itself. */
const outgoingFetch = async (url: string) =>
  url === AGENT
    ? Response.json({ client_id: AGENT, client_name: 'Agent', redirect_uris: [REDIRECT_URI] })
    : new Response(null, { status: 404 })

before(async () => {
  const server = createServer((request, response) => routes(request.url!)(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  api = { [oauth.customFetch]: (url, init) => fetch(url.replace(TOOLS, here), init) }
  world = await createCounterpartWorld(
    { audience: API, clientMetadataDocuments: 'on', clientRegistration: 'open' },
    { outgoingFetch },
  )
  http = { [oauth.customFetch]: (url, init) => world.fetch(url, init) }
  const auth = mapae({
    issuer: ISSUER,
    audience: API,
    resourceMetadata: { name: 'Tools', scopes: ['openid'] },
    fetch: (url, init) => world.fetch(url, init),
  })
  const call: ReturnType<NodeGuard> = auth()((_request, response, { sub, client_id: client }) =>
    response.end(JSON.stringify({ sub, client })),
  )
  const metadata = auth.metadata()
  const routes = (path: string) => (path === auth.metadataPath() ? metadata : call)
  closeApi = () =>
    new Promise((resolve) => {
      auth.close()
      server.close(() => resolve())
      server.closeAllConnections()
    })
})

after(async () => {
  await closeApi()
  await world.close()
})

/** From nothing but the address of the API to its authorization server, as RFC 9728 section 5 has it. */
async function discover() {
  const refused = await api[oauth.customFetch](API, {})
  assert.equal(refused.status, 401)
  const named = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate')!)
  // Where the library looks for itself is what the challenge names.
  assert.equal(named![1], `${TOOLS}/.well-known/oauth-protected-resource/mcp`)
  const found = await oauth.resourceDiscoveryRequest(new URL(API), api)
  const resource = await oauth.processResourceDiscoveryResponse(new URL(API), found)
  const issuer = new URL(resource.authorization_servers![0]!)
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...http })
  return { resource, server: await oauth.processDiscoveryResponse(issuer, answer) }
}

type Discovered = Awaited<ReturnType<typeof discover>>

async function signIn({ resource, server }: Discovered, client: oauth.Client) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint!)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: resource.scopes_supported!.join(' '),
    resource: resource.resource,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const parameters = oauth.validateAuthResponse(server, client, await world.visit(url), state)
  const more = { additionalParameters: { resource: resource.resource }, ...http }
  const none = oauth.None()
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    none,
    parameters,
    REDIRECT_URI,
    verifier,
    more,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer)
  return oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, none, tokens.refresh_token!, more),
  )
}

async function callWith(accessToken: string) {
  const url = new URL(API)
  const answer = await oauth.protectedResourceRequest(
    accessToken,
    'GET',
    url,
    undefined,
    undefined,
    api,
  )
  assert.equal(answer.status, 200)
  return answer.json()
}

test('an MCP client: with a metadata document it finds its way from a 401 to an answer', async () => {
  const found = await discover()
  assert.equal(found.server.client_id_metadata_document_supported, true)
  const tokens = await signIn(found, { client_id: AGENT })
  assert.deepEqual(await callWith(tokens.access_token), { sub: world.userId, client: AGENT })
})

test('an MCP client: one that knows no metadata documents registers itself first', async () => {
  const found = await discover()
  const answer = await oauth.dynamicClientRegistrationRequest(
    found.server,
    { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', client_name: 'Agent' },
    http,
  )
  const client = await oauth.processDynamicClientRegistrationResponse(answer)
  const tokens = await signIn(found, client)
  const seen = { sub: world.userId, client: client.client_id }
  assert.deepEqual(await callWith(tokens.access_token), seen)
})

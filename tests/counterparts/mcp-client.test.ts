import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { mapae, type NodeGuard } from '@mapae/verify/node'
import * as oauth from 'oauth4webapi'

import { createCounterpartWorld, ISSUER, REDIRECT_URI, type CounterpartWorld } from './world.ts'

// A client as the authorization of the Model Context Protocol has it, revision 2026-07-28. All that
// it is given is the address of an API.

const FILES = 'https://files.example.com/mcp'
const MAIL = 'https://mail.example.com'
const AGENT = 'https://agent.example.com/oauth/client.json'

type Fetch = { [oauth.customFetch]: (url: string, init: object) => Promise<Response> }

let world: CounterpartWorld
let http: Fetch
let api: Fetch
const closings: (() => void)[] = []

/** What the client publishes about itself. */
const outgoingFetch = async (url: string) =>
  url === AGENT
    ? Response.json({ client_id: AGENT, client_name: 'Agent', redirect_uris: [REDIRECT_URI] })
    : new Response(null, { status: 404 })

/** An API whose GET asks for one scope, and whose POST for another. */
async function startApi(audience: string, scopes: readonly [string, string]): Promise<string> {
  const auth = mapae({
    issuer: ISSUER,
    audience,
    resourceMetadata: { name: 'An API', scopes: [scopes[0]] },
    fetch: (url, init) => world.fetch(url, init),
  })
  const guarded = (guard: NodeGuard) =>
    guard((_request, response, { sub, client_id: client, scope }) =>
      response.end(JSON.stringify({ sub, client, scope })),
    )
  const read = guarded(auth.scope(scopes[0]))
  const write = guarded(auth.scope(scopes[1]))
  const metadata = auth.metadata()
  const server = createServer((request, response) => {
    if (request.url === auth.metadataPath()) return metadata(request, response)
    return (request.method === 'POST' ? write : read)(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closings.push(() => {
    auth.close()
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

before(async () => {
  world = await createCounterpartWorld(
    { clientMetadataDocuments: 'on', clientRegistration: 'open' },
    { outgoingFetch },
  )
  http = { [oauth.customFetch]: (url, init) => world.fetch(url, init) }
  const here = {
    [new URL(FILES).origin]: await startApi(FILES, ['files:read', 'files:write']),
    [MAIL]: await startApi(MAIL, ['mail:read', 'files:read']),
  }
  api = {
    [oauth.customFetch]: (url, init) =>
      fetch(
        url.replace(/^https:\/\/[^/]+/, (o) => here[o]!),
        init,
      ),
  }
  for (const [id, audience, names] of [
    ['files', FILES, ['files:read', 'files:write']],
    ['mail', MAIL, ['mail:read', 'files:read']],
  ] as const) {
    const resource = { audience, accessTokenAlgorithm: null, encryptionJwk: null }
    const openScopes = names.map((scope) => ({ scope, text: null }))
    const settings = { redirectUris: [], grants: [], scopes: [], resource, openScopes }
    await world.createClient(id, { ...settings, authenticationMethod: 'client_secret_basic' })
  }
})

after(async () => {
  for (const close of closings) close()
  await world.close()
})

/** The parameters of the challenge that a call is answered with; null when it is let through. */
async function challengeOf(call: Promise<Response>, status: number) {
  try {
    await call
    return null
  } catch (error) {
    assert.ok(error instanceof oauth.WWWAuthenticateChallengeError)
    assert.equal(error.status, status)
    return error.cause.find(({ scheme }) => scheme === 'bearer')!.parameters
  }
}

const callWith = (accessToken: string, url = FILES, method = 'GET') =>
  oauth.protectedResourceRequest(accessToken, method, new URL(url), undefined, undefined, api)

/** From nothing but the address of the API to its authorization server. Spec: RFC 9728 section 5. */
async function discover(url: string) {
  const challenge = (await challengeOf(callWith('nothing', url), 401))!
  const found = await oauth.resourceDiscoveryRequest(new URL(url), api)
  // Where the library looks for itself is what the challenge names.
  assert.equal(
    challenge['resource_metadata'],
    found.url.replace(/^http:.*?(?=\/\.)/, new URL(url).origin),
  )
  const resource = await oauth.processResourceDiscoveryResponse(new URL(url), found)
  const issuer = new URL(resource.authorization_servers![0]!)
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...http })
  const server = await oauth.processDiscoveryResponse(issuer, answer)
  return { resource: resource.resource, scope: challenge.scope!, server }
}

type Discovered = Awaited<ReturnType<typeof discover>>

/** In the order of that revision, for a client that nobody gave an identifier for this server. */
async function identify({ server }: Discovered, knowsDocuments: boolean): Promise<oauth.Client> {
  if (knowsDocuments && server.client_id_metadata_document_supported === true) {
    return { client_id: AGENT }
  }
  const answer = await oauth.dynamicClientRegistrationRequest(
    server,
    {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      application_type: 'web',
      client_name: 'Agent',
    },
    http,
  )
  return oauth.processDynamicClientRegistrationResponse(answer)
}

async function authorize({ resource, server }: Discovered, client: oauth.Client, scope: string) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint!)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope,
    resource,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const parameters = oauth.validateAuthResponse(server, client, await world.visit(url), state)
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    REDIRECT_URI,
    verifier,
    { additionalParameters: { resource }, ...http },
  )
  return oauth.processAuthorizationCodeResponse(server, client, answer)
}

for (const knowsDocuments of [true, false]) {
  const way = knowsDocuments ? 'with a metadata document' : 'that registers itself'
  test(`an MCP client ${way}: from a 401 to an answer, more when it is needed, nothing elsewhere`, async () => {
    const found = await discover(FILES)
    assert.equal(found.scope, 'files:read')
    const client = await identify(found, knowsDocuments)
    const { server, resource } = found
    const first = await authorize(found, client, found.scope)
    const tokens = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, oauth.None(), first.refresh_token!, {
        additionalParameters: { resource },
        ...http,
      }),
    )
    const seen = { sub: world.userId, client: client.client_id, scope: 'files:read' }
    assert.deepEqual(await (await callWith(tokens.access_token)).json(), seen)

    const missing = (await challengeOf(callWith(tokens.access_token, FILES, 'POST'), 403))!
    assert.equal(missing.error, 'insufficient_scope')
    assert.equal(missing.scope, 'files:write')
    const more = await authorize(found, client, `${found.scope} ${missing.scope}`)
    const written: any = await (await callWith(more.access_token, FILES, 'POST')).json()
    assert.equal(written.scope, 'files:read files:write')

    // The other API knows the same scope, and is not what the token is for.
    const refused = (await challengeOf(callWith(more.access_token, MAIL), 401))!
    assert.equal(refused.error, 'invalid_token')
    const mail = await discover(MAIL)
    assert.equal(mail.scope, 'mail:read')
    const other = await authorize(mail, client, mail.scope)
    assert.equal((await callWith(other.access_token, MAIL)).status, 200)
    assert.equal((await challengeOf(callWith(other.access_token), 401))?.error, 'invalid_token')
  })
}

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { mapae, type AccessTokenClaims, type FetchGuard } from '@mapae/verify/fetch'
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'

import { createCounterpartWorld, ISSUER, REDIRECT_URI, type CounterpartWorld } from './world.ts'

// The client and the server of the Model Context Protocol, as they are published. All that the client
// is given is the address of a server; what stands between the two is `@mapae/verify`.

const FILES = 'https://files.example.com/mcp'
const MAIL = 'https://mail.example.com/mcp'
const AGENT = 'https://agent.example.com/oauth/client.json'
/** The library asks for a refresh token wherever there are any. */
const READ = 'files:read offline_access'
const LONGER_THAN_A_TOKEN_SECONDS = 700

type Serve = (request: Request) => Response | Promise<Response>

let world: CounterpartWorld
const servers = new Map<string, Serve>()
const closings: (() => void)[] = []

/** What the client publishes about itself. */
const outgoingFetch = async (url: string) =>
  url === AGENT
    ? Response.json({ client_id: AGENT, client_name: 'Agent', redirect_uris: [REDIRECT_URI] })
    : new Response(null, { status: 404 })

/** A server with one tool for whoever has the first scope, and one for whoever has the second. */
function startServer(audience: string, [read, write]: readonly [string, string]): void {
  const auth = mapae({
    issuer: ISSUER,
    audience,
    resourceMetadata: { name: 'A server', scopes: [read] },
    fetch: (url, init) => world.fetch(url, init),
    clock: () => world.clock.seconds(),
  })
  const tools = createMcpHandler(({ authInfo }) => {
    const server = new McpServer({ name: audience, version: '1.0.0' })
    const answer = async () => ({ content: [], structuredContent: { ...authInfo!.extra } })
    server.registerTool('read', {}, answer)
    server.registerTool('write', {}, answer)
    return server
  })
  const guarded = (guard: FetchGuard) =>
    guard((request, claims) => tools.fetch(request, { authInfo: authInfoOf(request, claims) }))
  const reading = guarded(auth.scope(read))
  const writing = guarded(auth.scope(write))
  const metadata = auth.metadata()
  servers.set(new URL(audience).origin, async (request) => {
    if (new URL(request.url).pathname === auth.metadataPath()) return metadata()
    const isWrite = request.body !== null && (await nameOfTool(request.clone())) === 'write'
    return isWrite ? writing(request) : reading(request)
  })
  closings.push(
    () => auth.close(),
    () => void tools.close(),
  )
}

const nameOfTool = async (request: Request) => ((await request.json()) as any).params?.name

function authInfoOf(request: Request, claims: AccessTokenClaims) {
  const { sub, client_id: clientId, scope = '' } = claims
  const token = request.headers.get('authorization')!.slice('Bearer '.length)
  return { token, clientId, scopes: scope.split(' '), extra: { sub, clientId, scope } }
}

before(async () => {
  world = await createCounterpartWorld(
    { clientMetadataDocuments: 'on', clientRegistration: 'open' },
    { outgoingFetch },
  )
  for (const [id, audience, names] of [
    ['files', FILES, ['files:read', 'files:write']],
    ['mail', MAIL, ['mail:read', 'files:read']],
  ] as const) {
    const resource = { audience, accessTokenAlgorithm: null, encryptionJwk: null }
    const openScopes = names.map((scope) => ({ scope, text: null }))
    const settings = { redirectUris: [], grants: [], scopes: [], resource, openScopes }
    await world.createClient(id, { ...settings, authenticationMethod: 'client_secret_basic' })
    startServer(audience, names)
  }
})

after(async () => {
  for (const close of closings) close()
  await world.close()
})

/** What an application keeps for the library, and how often it was asked for what. */
function createProvider(knowsDocuments: boolean) {
  const asked: string[] = []
  let client: StoredOAuthClientInformation | undefined
  let tokens: StoredOAuthTokens | undefined
  let discovered: OAuthDiscoveryState | undefined
  let verifier = ''
  let back: URL | undefined
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      client_name: 'Agent',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    ...(knowsDocuments && { clientMetadataUrl: AGENT }),
    clientInformation: () => client,
    saveClientInformation: (information) => void (client = information),
    tokens: () => tokens,
    saveTokens: (saved) => void (tokens = saved),
    codeVerifier: () => verifier,
    saveCodeVerifier: (saved) => void (verifier = saved),
    discoveryState: () => discovered,
    saveDiscoveryState: (state) => void (discovered = state),
    async redirectToAuthorization(url) {
      asked.push(url.searchParams.get('scope')!)
      assert.equal(url.searchParams.get('resource'), FILES)
      assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
      back = await world.visit(url)
    },
  }
  return {
    provider,
    asked,
    clientId: () => client!.client_id,
    accessToken: () => tokens!.access_token,
    comeBack: () => back!.searchParams,
  }
}

/** Counts the requests to the token endpoint by their grant. */
function createNetwork() {
  const grants: string[] = []
  return {
    grants,
    async fetch(url: string | URL, init?: RequestInit): Promise<Response> {
      const request = new Request(url, init)
      if (request.url === `${ISSUER}/oauth/token`) {
        grants.push(new URLSearchParams(await request.clone().text()).get('grant_type')!)
      }
      const serve = servers.get(new URL(request.url).origin)
      return serve === undefined ? world.fetch(request) : serve(request)
    },
  }
}

for (const [way, knowsDocuments, mode] of [
  ['with a metadata document', true, { pin: '2026-07-28' }],
  ['that registers itself, of the protocol before', false, 'legacy'],
] as const) {
  test(`@modelcontextprotocol/client: ${way}, from an address to an answer, a refresh and a step-up`, async () => {
    const agent = createProvider(knowsDocuments)
    const network = createNetwork()
    const connect = async () => {
      const transport = new StreamableHTTPClientTransport(new URL(FILES), {
        authProvider: agent.provider,
        fetch: (url, init) => network.fetch(url, init),
      })
      const client = new Client(
        { name: 'agent', version: '1.0.0' },
        { versionNegotiation: { mode } },
      )
      closings.push(() => void client.close())
      return { client, transport, connected: client.connect(transport) }
    }

    const first = await connect()
    await assert.rejects(first.connected, UnauthorizedError)
    await first.transport.finishAuth(agent.comeBack())
    const { client, transport, connected } = await connect()
    await connected
    const call = async (name: string) => (await client.callTool({ name })).structuredContent
    const seen = { sub: world.userId, clientId: agent.clientId() }
    assert.equal(agent.clientId() === AGENT, knowsDocuments)
    assert.deepEqual(await call('read'), { ...seen, scope: READ })

    const expired = agent.accessToken()
    world.clock.advance(LONGER_THAN_A_TOKEN_SECONDS)
    assert.deepEqual(await call('read'), { ...seen, scope: READ })
    assert.notEqual(agent.accessToken(), expired)
    assert.deepEqual(network.grants, ['authorization_code', 'refresh_token'])

    await assert.rejects(call('write'), UnauthorizedError)
    await transport.finishAuth(agent.comeBack())
    const { scope } = (await call('write')) as { scope: string }
    assert.deepEqual(scope.split(' ').toSorted(), ['files:read', 'files:write', 'offline_access'])
    assert.deepEqual(agent.asked, [READ, `${READ} files:write`])

    // The other server knows the same scope, and is not what the token is for.
    const elsewhere = await network.fetch(MAIL, {
      headers: { Authorization: `Bearer ${agent.accessToken()}` },
    })
    assert.equal(elsewhere.status, 401)
    assert.match(elsewhere.headers.get('www-authenticate')!, /error="invalid_token"/)
  })
}

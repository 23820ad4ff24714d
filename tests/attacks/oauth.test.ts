import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'

import { hashClientSecret } from '../../packages/server/src/oauth/client-secret.ts'
import {
  CHALLENGE,
  codeIn,
  createOAuthWorld,
  query,
  REDIRECT_URI,
  VERIFIER,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ISSUER, listen } from '../../packages/server/tests/test-mapae.ts'

/**
 * One line of `oauth.jsonl`: a request that must be refused, or that must not do what it tries.
 * `{…}` in values stands for secrets, codes and tokens that are good, `{repeat 9 x}` for nine x.
 */
interface OAuthCase {
  readonly topic: string
  readonly name: string
  readonly at: string
  readonly method?: 'GET' | 'POST'
  readonly client?: string
  /** Null takes a parameter of the good request away. */
  readonly parameters: Readonly<Record<string, string | null>>
  /** Parameters that come besides, also again. */
  readonly more?: readonly (readonly [string, string])[]
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  /** `page`: to the person; `redirect`: to the client; `code`: the request is answered. */
  readonly told: 'page' | 'redirect' | 'code' | 'json' | 'problem'
  readonly status?: number
  readonly error: string | null
  readonly source: string
}

const cases = readFileSync(new URL('./oauth.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as OAuthCase)

const world = await createOAuthWorld()
const server = await listen(world.server)
const database = new DatabaseSync(world.config.databaseUrl.slice('sqlite:'.length), {
  readOnly: true,
})
const values: Record<string, string> = { verifier: VERIFIER, challenge: CHALLENGE }
/** What the server says that it answers: no answer may be another one. */
const operations = (await world.call('GET', '/openapi.json')).body.paths

before(async () => {
  const first = await world.signUp('mina')
  world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)
  await world.createClient('app')
  await world.createClient('native', {
    redirectUris: ['http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb'],
  })
  const secret = await world.createClient('web', {
    authenticationMethod: 'client_secret_basic',
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirectUris: ['https://web.example.com/callback'],
  })
  const mine = (await world.exchange('app', await world.code('app'))).body
  const loopback = { redirect_uri: 'http://127.0.0.1:7/cb' }
  const asked = await world.consent(await world.authorize('native', loopback))
  const other = await world.exchange('native', codeIn(asked))
  for (const id of ['spa', 'other-spa']) {
    const webOrigins = [`https://${id === 'spa' ? 'spa' : 'other'}.example.com`]
    await world.createClient(id, { transport: 'cookie', webOrigins })
    const { headers } = await world.exchange(id, await world.code(id))
    const [name = '', token = ''] = headers.get('set-cookie')!.split(/[=;]/)
    Object.assign(values, {
      [`cookie:${id}`]: `${name}=${token}`,
      [`cookie_name:${id}`]: name,
      [`cookie_token:${id}`]: token,
    })
  }
  const hashOfName = createHash('sha256').update('app').digest('base64url').slice(0, 22)
  Object.assign(values, {
    'cookie_name:app': `__Host-mapae_rt_${hashOfName}`,
    'code:spa': await world.code('spa'),
    code: await world.code('app'),
    'secret:web': secret,
    'hash:web': hashClientSecret(secret),
    'basic:web': base64(`web:${secret}`),
    access: mine.access_token,
    refresh: mine.refresh_token,
    id: mine.id_token,
    other_refresh: other.body.refresh_token,
    first_party_access: first.access_token,
    first_party_refresh: first.refresh_token,
  })
})

after(async () => {
  console.log(`${cases.length} bad OAuth requests over HTTP, nothing changed`)
  database.close()
  await server.close()
  await world.close()
})

for (const one of cases) {
  test(`${one.topic}: ${one.name}`, async () => {
    const earlier = stored()
    const response = await send(one)
    const text = await response.text()
    await checkAnswer(one, response, text)
    if (one.told !== 'code') assert.deepEqual(stored(), earlier)
    assert.equal(response.headers.get('set-cookie')?.includes('evil') ?? false, false)
    for (const [name, value] of Object.entries(values)) {
      const isPublic = name === 'challenge'
      assert.ok(isPublic || !text.includes(value), `the answer repeats the ${name}`)
    }
  })
}

test('after all of it the code, the secret and the tokens still work', async () => {
  assert.equal((await world.exchange('app', values['code']!)).status, 200)
  const headers = { Authorization: `Basic ${values['basic:web']}` }
  assert.equal((await world.token({ grant_type: 'client_credentials' }, headers)).status, 200)
  const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: values['refresh']! }
  assert.equal((await world.token(form)).status, 200)
  const cookie = { Cookie: values['cookie:spa']! }
  const refresh = { grant_type: 'refresh_token', client_id: 'spa' }
  assert.equal((await world.token(refresh, cookie)).status, 200)
  assert.equal((await world.exchange('spa', values['code:spa']!)).status, 200)
})

test('guessing codes and secrets is slowed down, for the one who guesses', async () => {
  const guess = (clientId: string) =>
    world.token({
      grant_type: 'authorization_code',
      client_id: clientId,
      code: 'A'.repeat(43),
      code_verifier: VERIFIER,
    })
  world.clock.advance(120)
  const answers = []
  for (let guesses = 0; guesses < 61; guesses++) answers.push(await guess('app'))
  assert.equal(answers[59]!.body.error, 'invalid_grant')
  assert.deepEqual([answers[60]!.status, answers[60]!.body.error], [429, 'temporarily_unavailable'])
  assert.ok(Number(answers[60]!.headers.get('retry-after')) > 0)
  assert.equal((await guess('native')).status, 400)
  world.clock.advance(60)
  assert.equal((await guess('app')).status, 400)
})

test('whoever sends junk to an application does not keep its other users out', async () => {
  const headers = { Authorization: `Basic ${values['basic:web']}` }
  const form = { grant_type: 'authorization_code', code_verifier: VERIFIER }
  for (let guesses = 0; guesses < 61; guesses++) {
    await world.token({ ...form, code: 'A'.repeat(43) }, headers)
  }
  const code = await world.code('web', { redirect_uri: 'https://web.example.com/callback' })
  assert.equal((await world.token({ ...form, code }, headers)).status, 200)
})

function send({
  at,
  method,
  client = 'app',
  parameters,
  more = [],
  headers = [],
  body,
}: OAuthCase) {
  const pairs =
    at === '/oauth/authorize'
      ? [...new URLSearchParams(query(fill(client), parameters))]
      : Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== null)
  const filled = [...pairs, ...more].map(([name, value]): [string, string] => [name, fill(value)])
  const encoded = new URLSearchParams(filled)
  const isQuery = isGet({ at, method })
  return fetch(`${server.url}${at}${isQuery && encoded.size > 0 ? `?${encoded.toString()}` : ''}`, {
    method: isQuery ? 'GET' : 'POST',
    redirect: 'manual',
    headers: headers.map(([name, value]): [string, string] => [name, fill(value)]),
    ...(isQuery ? {} : { body: body ?? encoded }),
  })
}

function isGet({ at, method }: { at: string; method?: string | undefined }): boolean {
  return method === 'GET' || (method === undefined && at === '/oauth/authorize')
}

/** Spec: RFC 6749 sections 4.1.2.1 and 5.2. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/

async function checkAnswer(one: OAuthCase, response: Response, text: string): Promise<void> {
  const location = response.headers.get('location')
  const operation = operations[one.at][isGet(one) ? 'get' : 'post']
  const declared = operation?.responses[response.status]
  assert.equal(declared === undefined, response.status === 405, `${response.status} is declared`)
  if (one.told === 'page') {
    assert.equal(response.status, one.error === 'request_expired' ? 410 : 400, text)
    assert.equal(location, null)
    assert.match(response.headers.get('content-type')!, /^text\/html/)
    assert.match(text, new RegExp(`<p class="code" lang="en">${one.error}\\b`))
    return
  }
  if (one.told === 'redirect' || one.told === 'code') {
    assert.equal(response.status, 303, text)
    const target = new URL(location!)
    const home = one.client === 'web' ? 'https://web.example.com/callback' : REDIRECT_URI
    assert.equal(target.origin + target.pathname, home)
    assert.deepEqual(target.searchParams.getAll('iss'), [ISSUER])
    assert.equal(target.searchParams.get('error'), one.error)
    if (one.error !== null) assert.match(target.searchParams.get('error_description')!, DESCRIPTION)
    assert.equal(target.searchParams.getAll('code').length, one.told === 'code' ? 1 : 0)
    const { state } = one.parameters
    if (typeof state === 'string' && !['twice', 'too_long'].includes(one.topic)) {
      assert.equal(target.searchParams.get('state'), state)
    }
    return
  }
  assert.equal(response.status, one.status, text)
  const answer = JSON.parse(text)
  assert.equal(one.told === 'json' ? answer.error : answer.code, one.error)
  if (one.told === 'json') {
    assert.match(answer.error_description, DESCRIPTION)
    assert.ok(declared.description.split(', ').includes(one.error), declared.description)
    // Spec: RFC 9110 section 15.5.2.
    assert.equal(response.status === 401, response.headers.has('www-authenticate'))
  }
  assert.equal(response.headers.get('cache-control'), 'no-store')
}

/** How much there is of what a request could have made or ended. */
function stored() {
  const count = (sql: string) => database.prepare(sql).get()!['n']
  return {
    sessions: count('SELECT COUNT(*) AS n FROM sessions'),
    ended: count('SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NOT NULL'),
    codes: count('SELECT COUNT(*) AS n FROM authorization_codes'),
    redeemed: count('SELECT COUNT(*) AS n FROM authorization_codes WHERE redeemed_at IS NOT NULL'),
    requests: count('SELECT COUNT(*) AS n FROM authorization_requests'),
    generations: count('SELECT SUM(live) AS n FROM sessions'),
  }
}

function fill(text: string): string {
  const whole = text.replaceAll(/\{repeat (\d+) (.)\}/g, (_, count: string, character: string) =>
    character.repeat(Number(count)),
  )
  return whole.replaceAll(/\{([\w:-]+)\}/g, (found, name: string) => {
    const [kind, id, secret] = name.split(':')
    if (kind === 'basic' && secret !== undefined) return base64(`${id}:${secret}`)
    return values[name] ?? found
  })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

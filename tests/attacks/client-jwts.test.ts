import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'

import {
  createClientKey,
  withAssertion,
  type ClientKey,
} from '../../packages/server/tests/oauth/client-key.ts'
import {
  CHALLENGE,
  createOAuthWorld,
  REDIRECT_URI,
  type OAuthWorld,
} from '../../packages/server/tests/oauth/relying-party.ts'

/** One line of `assertions.jsonl` or `request-objects.jsonl`: a JWT that is refused, and how made. */
interface JwtCase {
  readonly name: string
  /** Go over what is right; null takes out, `$…` is put in. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly sign?: 'other'
  readonly edit?: keyof typeof edits
  /** The JWT, instead of all of the above. */
  readonly raw?: string
  /** Go over the form. */
  readonly form?: Readonly<Record<string, string>>
  readonly source: string
}

let world: OAuthWorld
let key: ClientKey
let other: ClientKey
let another: string

const edits = {
  swap_signature: (jwt: string) => jwt.replace(/[^.]+$/, another.split('.')[2]!),
  no_signature: (jwt: string) => jwt.replace(/[^.]+$/, ''),
  alg_none: (jwt: string) => `${encode({ alg: 'none' })}.${jwt.split('.')[1]!}.`,
  hs256_of_public_key: (jwt: string) => {
    const signed = `${encode({ alg: 'HS256', kid: 'one' })}.${jwt.split('.')[1]!}`
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(signed)
    return `${signed}.${mac.digest('base64url')}`
  },
}

before(async () => {
  world = await createOAuthWorld()
  key = await createClientKey('robot')
  other = await createClientKey('robot')
  another = await key.assertion(world.clock.seconds())
  await world.createClient('robot', {
    authenticationMethod: 'private_key_jwt',
    grants: ['client_credentials', 'authorization_code'],
    jwks: key.jwks,
  })
  await world.createClient('web', {
    authenticationMethod: 'private_key_jwt',
    jwks: (await createClientKey('web')).jwks,
  })
})

after(() => world.close())

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function readCases(name: string): JwtCase[] {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JwtCase)
}

function filled(changes: JwtCase['claims'] = {}): Record<string, unknown> {
  const known: Readonly<Record<string, unknown>> = {
    $9000: 'a'.repeat(9000),
    $other_jwk: other.jwk,
  }
  return Object.fromEntries(
    Object.entries(changes).map(([name, value]) => {
      if (typeof value !== 'string' || !value.startsWith('$')) return [name, value]
      return [name, known[value] ?? world.clock.seconds() + Number(value.slice(1))]
    }),
  )
}

async function finished(one: JwtCase, made: Promise<string>): Promise<string> {
  if (one.raw !== undefined) return one.raw
  const jwt = await made
  return one.edit === undefined ? jwt : edits[one.edit](jwt)
}

const request = {
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'read',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

test('what nothing is wrong with is taken', async () => {
  const now = world.clock.seconds()
  const form = { grant_type: 'client_credentials', ...withAssertion(await key.assertion(now)) }
  assert.equal((await world.token(form)).status, 200)
  const query = { client_id: 'robot', request: await key.requestObject(now, request) }
  const answer = await world.send(
    'GET',
    `/oauth/authorize?${new URLSearchParams(query).toString()}`,
    null,
  )
  assert.match(answer.headers.get('location') ?? '', /\/sign-in\?request=/)
})

for (const one of readCases('./assertions.jsonl')) {
  test(`a client is not believed by an assertion ${one.name}`, async () => {
    const signing = one.sign === 'other' ? other : key
    const made = signing.assertion(world.clock.seconds(), filled(one.claims), filled(one.header))
    const assertion = await finished(one, made)
    const form = { grant_type: 'client_credentials', ...withAssertion(assertion), ...one.form }
    const answer = await world.token(form)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_client'])
    assert.equal(answer.body.access_token, undefined)
  })
}

for (const one of readCases('./request-objects.jsonl')) {
  test(`nobody is asked for a request object ${one.name}`, async () => {
    const signing = one.sign === 'other' ? other : key
    const header = one.header === undefined ? undefined : filled(one.header)
    const parameters = { ...request, ...filled(one.claims) }
    const made = signing.requestObject(world.clock.seconds(), parameters, header)
    const jwt = await finished(one, made)
    const query = new URLSearchParams({ client_id: 'robot', request: jwt })
    const answer = await world.send('GET', `/oauth/authorize?${query.toString()}`, null)
    assert.equal(answer.status, 303)
    const location = new URL(answer.headers.get('location')!)
    assert.equal(location.origin + location.pathname, REDIRECT_URI)
    assert.equal(location.searchParams.get('error'), 'invalid_request_object')
    assert.equal(location.searchParams.get('code'), null)

    const assertion = withAssertion(await key.assertion(world.clock.seconds()))
    const form = Object.entries({ ...assertion, request: jwt })
    const pushed = await world.send('POST', '/oauth/par', form)
    assert.deepEqual([pushed.status, pushed.body.error], [400, 'invalid_request_object'])
  })
}

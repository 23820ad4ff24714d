import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { mapae, type IncomingRequest, type Outcome } from '@mapae/verify'
import {
  createTestIssuer,
  type Prove,
  type TestClaims,
  type TestIssuer,
} from '@mapae/verify/testing'

import {
  readRequestCases,
  REQUEST_TOPICS,
  type ProofRecipe,
  type RequestCase,
  type TokenRecipe,
} from './request-case.ts'
import { dropSignature, flipSignature } from './token-edits.ts'

const AUDIENCE = 'https://api.example.com'
const cases = readRequestCases()
const testIssuer = createTestIssuer()
const stranger = createTestIssuer()
const auth = mapae({ issuer: testIssuer.issuer, audience: AUDIENCE, testIssuer })
const bound = await testIssuer.mintBound({ scope: 'orders:read' })
const strange = await testIssuer.mintBound()
let ran = 0

before(async () => {
  const names = cases.map(({ topic, name }) => `${topic}: ${name}`)
  assert.equal(new Set(names).size, names.length)
  assert.deepEqual(new Set(cases.map(({ topic }) => topic)), new Set(REQUEST_TOPICS))
  await auth.ready()
})
after(() => {
  auth.close()
  console.log(`${ran} bad requests in ${REQUEST_TOPICS.length} topics, all refused as they must be`)
})

function makeToken(recipe: TokenRecipe): string {
  const issuer: TestIssuer = recipe.stranger === true ? stranger : testIssuer
  const now = Math.floor(Date.now() / 1000)
  const claims = Object.entries(recipe.claims ?? {}).map(([name, value]) => {
    if (value === null) return [name, undefined]
    if (value === '$null') return [name, null]
    if (value === '{long}') return [name, 'a'.repeat(9000)]
    const isInstant = ['iat', 'exp', 'nbf', 'auth_time'].includes(name)
    return [name, isInstant && typeof value === 'number' ? now + value : value]
  })
  const token = issuer.mint(Object.fromEntries(claims) as TestClaims, recipe.typ)
  return recipe.edit === undefined ? token : edits[recipe.edit](token)
}

const edits = {
  flip_signature: flipSignature,
  drop_signature: dropSignature,
  // ES256 signatures end in 4 unused bits: the same bytes in another spelling.
  other_spelling(token: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.at(-1)!) + 1]}`
  },
  alg_none(token: string): string {
    const [, payload] = token.split('.')
    const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    return `${header}.${payload}.AAAA`
  },
  add_part: (token: string) => `${token}.AAAA`,
}

async function makeProof(recipe: ProofRecipe): Promise<string> {
  const prove: Prove = recipe.stranger === true ? strange.prove : bound.prove
  const now = Math.floor(Date.now() / 1000)
  const change = (values: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        if (name === 'iat') return [name, iatOf(value, now)]
        return [name, value === null ? undefined : value]
      }),
    )
  const { method = 'GET', url = `${AUDIENCE}/orders` } = recipe
  const proof = await prove(method, url, change(recipe.claims), change(recipe.header))
  return recipe.edit === undefined ? proof : edits[recipe.edit](proof)
}

function iatOf(value: unknown, now: number): unknown {
  if (typeof value === 'number') return now + value
  return value === null ? undefined : String(now)
}

async function requestOf(one: RequestCase): Promise<IncomingRequest> {
  const proof = await makeProof(one.proof ?? {})
  const made: Record<string, string> = {
    token: makeToken(one.token ?? {}),
    other: testIssuer.mint(),
    bound: bound.accessToken,
    proof,
  }
  const fill = (text: string) =>
    text.replaceAll(/\{(token|other|bound|proof)\}/g, (_, name: string) => made[name]!)
  const { authorization = 'Bearer {token}', dpop } = one
  return {
    owner: {},
    method: one.method ?? 'GET',
    url: fill(one.url ?? '/orders'),
    authorization: authorization === null ? undefined : fill(authorization),
    dpop: dpop === undefined ? undefined : fill(dpop),
  }
}

for (const one of cases) {
  test(`${one.topic}: ${one.name}`, async () => {
    const request = await requestOf(one)
    const { answer }: Outcome = await auth(one.requirements)(request)
    assert.ok(answer !== undefined, 'it was let through')
    const problem = JSON.parse(answer.body)
    assert.equal(problem.reason ?? null, one.reason)
    assert.equal(problem.code, one.code)
    assert.equal(answer.status, one.status)
    assert.equal(problem.status, one.status)
    assert.equal(answer.headers['Content-Type'], 'application/problem+json')
    assert.equal(answer.headers['Cache-Control'], 'no-store')
    const challenge = answer.headers['WWW-Authenticate'] ?? ''
    assert.ok(challenge.startsWith(one.challenge[0]!), challenge)
    for (const part of one.challenge) assert.ok(challenge.includes(part), challenge)
    // What a quoted string may hold, and nothing of what was sent. Spec: RFC 9110 §5.6.4.
    assert.match(
      challenge,
      /^[\w-]+(?: \w+="[ !#-[\]-~]*"(?:, (?:DPoP )?\w+="[ !#-[\]-~]*")*)?(, .*)?$/,
    )
    assert.doesNotMatch(challenge + answer.body, /eyJ|evil|AAAA/)
    ran++
  })
}

test('the same requests are let through when nothing is wrong with them', async () => {
  const base = { owner: {}, method: 'GET', url: '/orders?page=2#top', dpop: undefined }
  const good: [IncomingRequest, string][] = [
    [{ ...base, authorization: `Bearer ${testIssuer.mint()}` }, 'a token'],
    [{ ...base, authorization: `bearer   ${testIssuer.mint()}` }, 'a scheme in small letters'],
    [{ ...base, authorization: `Bearer ${testIssuer.mint({}, 'application/AT+JWT')}` }, 'a type'],
    [{ ...base, authorization: `Bearer ${testIssuer.mint({ aud: ['a', AUDIENCE] })}` }, 'a list'],
    [
      { ...base, url: '/orders?token=access_token', authorization: `Bearer ${testIssuer.mint()}` },
      'a query',
    ],
  ]
  for (const url of ['/orders', '/orders?page=1#a', '/./orders'].map((path) => AUDIENCE + path)) {
    const proof = await bound.prove('GET', url)
    good.push([{ ...base, authorization: `DPoP ${bound.accessToken}`, dpop: proof }, url])
  }
  for (const [request, name] of good) {
    const outcome = await auth()(request)
    assert.equal(outcome.claims?.client_id, 'test-client', `${name} ${outcome.answer?.body}`)
  }
})

import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'

import type { ErrorCode } from '../../packages/server/src/domain/errors.ts'
import { createDpopNonces } from '../../packages/server/src/tokens/dpop-nonce.ts'
import { openDatabaseRows } from '../../packages/server/tests/database-rows.ts'
import {
  accessTokenHash,
  createDpopKey,
  type Changes,
} from '../../packages/server/tests/dpop-key.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../../packages/server/tests/test-mapae.ts'

/** One line of `dpop.jsonl`: a proof that is refused wherever it comes, and how it is made. */
interface DpopCase {
  readonly name: string
  /** What goes over the header and the claims of a good proof; null takes out, `$…` is put in. */
  readonly header?: Changes
  readonly claims?: Changes
  readonly sign?: 'other'
  readonly by?: 'other'
  readonly edit?: keyof typeof edits
  /** The header's value, instead of all of the above. */
  readonly raw?: string
  readonly before?: 'sent_once' | 'same_jti_used'
  readonly host?: string
  /** It is a matter of calls with an access token. */
  readonly only?: 'me'
  readonly code: ErrorCode
  readonly reason?: string
  readonly source: string
}

const cases = readFileSync(new URL('./dpop.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as DpopCase)

const server = await createTestMapae()
const { clock, config } = server
const rows = openDatabaseRows(config.databaseUrl)
after(async () => {
  console.log(`${ran} bad proofs over HTTP, nothing changed`)
  rows.close()
  await server.close()
})
let ran = 0

const key = createDpopKey()
const other = createDpopKey()
const nonces = createDpopNonces(config.masterKey, clock)
const strangeNonces = createDpopNonces(new Uint8Array(32).fill(1), clock)
const nonce = nonces.issue()

const edits = {
  twice: (proof: string) => `${proof}, ${proof}`,
  trailing_space_inside: (proof: string) => proof.replace('.', ' .'),
  drop_signature_part: (proof: string) => proof.slice(0, proof.lastIndexOf('.')),
  no_signature: (proof: string) => proof.slice(0, proof.lastIndexOf('.') + 1),
  flip_signature_bit: (proof: string) => {
    const bytes = Buffer.from(proof.split('.')[2]!, 'base64url')
    bytes[0]! ^= 1
    return `${proof.slice(0, proof.lastIndexOf('.'))}.${bytes.toString('base64url')}`
  },
  hs256_of_public_key: (proof: string) => {
    const signed = proof.slice(0, proof.lastIndexOf('.'))
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(signed)
    return `${signed}.${mac.digest('base64url')}`
  },
  duplicate_claim: (proof: string) => {
    const [header, payload] = proof.split('.')
    const text = Buffer.from(payload!, 'base64url').toString().replace('{', '{"jti":"twice",')
    return key.signed(`${header}.${Buffer.from(text).toString('base64url')}`)
  },
}

await server.signUp()
const login = () => ({ username: 'mina', password: PASSWORD })
const signIn = async () => {
  const DPoP = proofOf({ htm: 'POST', htu: `${ISSUER}/v1/login`, iat: clock.seconds() }, {})
  return (await server.call('POST', '/v1/login', login(), { DPoP })).body
}
const bound = await signIn()
const accessToken = bound.access_token as string

const targets = [
  { name: 'login', method: 'POST', path: '/v1/login', body: login(), headers: {} },
  {
    name: 'refresh',
    method: 'POST',
    path: '/v1/refresh',
    body: { refresh_token: bound.refresh_token as string },
    headers: {},
  },
  {
    name: 'me',
    method: 'GET',
    path: '/v1/me',
    body: undefined,
    headers: { Authorization: `DPoP ${accessToken}` },
  },
] as const

type Target = (typeof targets)[number]

function goodClaims({ method, path, name }: Target) {
  return {
    htm: method,
    htu: ISSUER + path,
    iat: clock.seconds(),
    ...(name === 'me' ? { ath: accessTokenHash(accessToken) } : {}),
  }
}

/** What stands for something that only the program knows. */
function filled(value: unknown, { method }: Target): unknown {
  if (typeof value !== 'string' || !value.startsWith('$')) return value
  const known: Readonly<Record<string, unknown>> = {
    $9000: 'a'.repeat(9000),
    $lower: method.toLowerCase(),
    $jwk: key.jwk,
    $other_jwk: other.jwk,
    $private_jwk: key.privateKey.export({ format: 'jwk' }),
    $cut_nonce: nonce.slice(0, -1),
    $moved_nonce: `${nonce.slice(0, 6)}${nonce[6] === 'A' ? 'B' : 'A'}${nonce.slice(7)}`,
    $strange_nonce: strangeNonces.issue(),
    $access: accessToken,
    $other_ath: accessTokenHash('another'),
    $hex_ath: createHash('sha256').update(accessToken).digest('hex'),
  }
  return known[value] ?? clock.seconds() + Number(value.slice(1))
}

function changesOf(changes: Changes | undefined, target: Target): Changes {
  return Object.fromEntries(
    Object.entries(changes ?? {}).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.map((one) => filled(one, target))]
      const isKey = typeof value === 'object' && value !== null && '$' in value
      if (!isKey) return [name, filled(value, target)]
      const { $: _, ...members } = value
      return [name, { ...key.jwk, ...members }]
    }),
  )
}

function proofOf(claims: Changes, header: Changes, { by, sign }: Partial<DpopCase> = {}): string {
  const signing = sign === 'other' ? other.privateKey : undefined
  return (by === 'other' ? other : key).proof(claims, header, signing)
}

function headerOf(one: DpopCase, target: Target): string {
  if (one.raw !== undefined) return one.raw
  const claims = { ...goodClaims(target), ...changesOf(one.claims, target) }
  const proof = proofOf(claims, changesOf(one.header, target), one)
  return one.edit === undefined ? proof : edits[one.edit](proof)
}

function send({ method, path, body, headers }: Target, DPoP: string, host?: string) {
  const withHost = host === undefined ? {} : { Host: host }
  return server.call(method, path, body, { ...headers, ...withHost, DPoP })
}

/** What makes the proof a second one. */
async function prepare({ before }: DpopCase, target: Target, proof: string): Promise<void> {
  if (before === 'sent_once') await send(target, proof)
  if (before === 'same_jti_used') {
    const claims = { ...goodClaims(target), jti: 'used before', iat: clock.seconds() - 1 }
    await send(target, key.proof(claims))
  }
}

test('every case has another name', () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
})

for (const target of targets.toReversed()) {
  test(`${target.name}: a proof with nothing wrong is taken, with a nonce too`, async () => {
    for (const claims of [{}, { nonce }, { iat: 1, nonce }]) {
      const answer = await send(target, key.proof({ ...goodClaims(target), ...claims }))
      assert.equal(answer.status, 200)
    }
  })

  for (const one of cases.filter(({ only = target.name }) => only === target.name)) {
    test(`${target.name}: ${one.name}`, async () => {
      const proof = headerOf(one, target)
      await prepare(one, target, proof)
      const earlier = rows.read()
      const answer = await send(target, proof, one.host)
      const { status, body } = answer
      assert.deepEqual([status, body.code, body.reason], [401, one.code, one.reason])
      assert.match(answer.headers.get('www-authenticate')!, new RegExp(`^DPoP error="${one.code}"`))
      assert.equal(answer.headers.has('dpop-nonce'), one.code === 'use_dpop_nonce')
      assert.doesNotMatch(JSON.stringify(body), /eyJ[\w-]{20}/, 'the answer repeats a token')
      assert.deepEqual(rows.read(), earlier)
      ran += 1
    })
  }
}

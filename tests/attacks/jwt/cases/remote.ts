import type { RemoteAnswer, RemoteStep } from '../attack-case.ts'
import { forge, headerOf, now, privateJwkOf } from '../token-forge.ts'
import type { Collector } from './collect.ts'

export function addRemoteCases(all: Collector): void {
  const key = all.key('ES256')
  const other = all.key('ES256-other')
  const good = forge(key)
  const late = forge(other)
  const jwks = (...keys: unknown[]): string => JSON.stringify({ keys })
  const usual: RemoteAnswer = { body: jwks(key.jwk), headers: { 'cache-control': 'max-age=300' } }
  const both: RemoteAnswer = { body: jwks(key.jwk, other.jwk) }
  const unknown = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, serial) =>
      forge(key, headerOf(key, { kid: `random-${from + serial}` })),
    )
  const ask = (
    at: number,
    verify: string | string[],
    expect: string,
    requests: number,
  ): RemoteStep => ({ at: now + at, verify: [verify].flat(), expect, requests })
  const add = (
    title: string,
    answers: RemoteAnswer[],
    steps: RemoteStep[],
    options?: Record<string, unknown>,
  ): void =>
    all.add({
      kind: 'remote',
      area: 'remote',
      id: `remote: ${title}`,
      source: 'RFC 8725 §3.10',
      expect: steps.at(-1)!.expect,
      answers,
      steps,
      ...(options ? { options } : {}),
    })
  const fails: RemoteAnswer = { fails: true }
  add(
    'keys are fetched once',
    [usual],
    [ask(0, [good, good, good], 'accepted', 1), ask(299, good, 'accepted', 1)],
  )
  add(
    '200 unknown names make one request a cool-down',
    [usual],
    [
      ask(0, good, 'accepted', 1),
      ask(30, unknown(0, 200), 'key_unknown', 2),
      ask(59, unknown(200, 200), 'key_unknown', 2),
      ask(60, unknown(400, 200), 'key_unknown', 3),
    ],
  )
  add(
    '200 unknown names at the start make one request',
    [usual],
    [ask(0, unknown(0, 200), 'key_unknown', 1), ask(29, unknown(200, 9), 'key_unknown', 1)],
  )
  add(
    'a new key is found after the cool-down',
    [usual, both],
    [ask(0, good, 'accepted', 1), ask(29, late, 'key_unknown', 1), ask(31, late, 'accepted', 2)],
  )
  add(
    'old keys serve while new ones come',
    [usual, both],
    [ask(0, good, 'accepted', 1), ask(301, good, 'accepted', 2), ask(302, late, 'accepted', 2)],
  )
  add(
    'old keys serve while the server fails',
    [usual, fails],
    [ask(0, good, 'accepted', 1), ask(301, good, 'accepted', 2)],
  )
  add(
    'old keys do not serve for ever',
    [{ ...usual, headers: { 'cache-control': 'max-age=60' } }, fails],
    [
      ask(0, good, 'accepted', 1),
      ask(159, good, 'accepted', 2),
      ask(160, good, 'keys_unavailable', 3),
    ],
    { staleSeconds: 100 },
  )
  add(
    'failures are followed by longer and longer waits',
    [fails],
    [
      ask(0, good, 'keys_unavailable', 1),
      ask(0, good, 'keys_unavailable', 1),
      ask(1, good, 'keys_unavailable', 2),
      ask(2, good, 'keys_unavailable', 2),
      ask(3, good, 'keys_unavailable', 3),
      ask(6, good, 'keys_unavailable', 3),
      ask(7, good, 'keys_unavailable', 4),
    ],
  )
  add(
    'it recovers',
    [fails, usual],
    [ask(0, good, 'keys_unavailable', 1), ask(1, good, 'accepted', 2)],
  )
  add(
    'a short max-age is bounded',
    [{ ...usual, headers: { 'cache-control': 'max-age=1' } }],
    [ask(0, good, 'accepted', 1), ask(59, good, 'accepted', 1), ask(60, good, 'accepted', 2)],
  )
  add(
    'no-store is bounded',
    [{ ...usual, headers: { 'cache-control': 'no-store' } }],
    [ask(0, good, 'accepted', 1), ask(59, good, 'accepted', 1)],
  )
  add(
    'Age counts',
    [{ ...usual, headers: { 'cache-control': 'max-age=300', age: '200' } }],
    [ask(0, good, 'accepted', 1), ask(99, good, 'accepted', 1), ask(100, good, 'accepted', 2)],
  )
  add(
    'a very long max-age is bounded',
    [{ ...usual, headers: { 'cache-control': 'max-age=999999999' } }],
    [ask(0, good, 'accepted', 1), ask(100, good, 'accepted', 2)],
    { maxFreshSeconds: 100 },
  )
  add(
    'a removed key is gone after the next fetch',
    [usual, { body: jwks(other.jwk) }],
    [ask(0, good, 'accepted', 1), ask(300, good, 'accepted', 2), ask(301, good, 'key_unknown', 2)],
  )
  addRemoteAnswers(all, (title, answer, expect, options) =>
    add(title, [answer], [ask(0, good, expect, 1)], options),
  )
}

type AddAnswer = (
  title: string,
  answer: RemoteAnswer,
  expect: string,
  options?: Record<string, unknown>,
) => void

function addRemoteAnswers(all: Collector, add: AddAnswer): void {
  const key = all.key('ES256')
  const jwks = (...keys: unknown[]): string => JSON.stringify({ keys })
  for (const status of [301, 302, 307, 308]) {
    add(
      `redirect ${status} is not followed`,
      { status, headers: { location: 'https://evil.example/' } },
      'keys_unavailable',
    )
  }
  for (const status of [201, 206, 400, 404, 500, 503]) {
    add(`status ${status}`, { status, body: jwks(key.jwk) }, 'keys_unavailable')
  }
  add('empty body', {}, 'keys_unavailable')
  add('HTML', { body: '<!doctype html>' }, 'keys_unavailable')
  add('a list', { body: JSON.stringify([key.jwk]) }, 'keys_unavailable')
  add('keys is no list', { body: '{"keys":{}}' }, 'keys_unavailable')
  add('no keys', { body: '{}' }, 'keys_unavailable')
  add('keys twice', { body: `{"keys":[],"keys":[${JSON.stringify(key.jwk)}]}` }, 'keys_unavailable')
  add('two keys with one kid and alg', { body: jwks(key.jwk, key.jwk) }, 'keys_unavailable')
  add('too large', { body: jwks(key.jwk) + ' '.repeat(70_000) }, 'keys_unavailable')
  add(
    'too many keys',
    {
      body: jwks(...Array.from({ length: 65 }, (_, serial) => ({ ...key.jwk, kid: `k${serial}` }))),
    },
    'keys_unavailable',
  )
  add(
    'nested too deeply',
    { body: `{"keys":${'['.repeat(70)}${']'.repeat(70)}}` },
    'keys_unavailable',
  )
  add('an empty set', { body: jwks() }, 'key_unknown')
  add(
    'strange keys beside',
    { body: jwks(null, 7, [], { kty: 'XYZ' }, { ...all.key('RS256').jwk, use: 'enc' }, key.jwk) },
    'accepted',
  )
  add('a secret in it is left out', { body: jwks(all.key('HS256').jwk, key.jwk) }, 'accepted')
  add(
    'private members are dropped',
    { body: jwks({ ...privateJwkOf(key), kid: key.kid, alg: 'ES256' }) },
    'accepted',
  )
  add('a key for encryption is left out', { body: jwks({ ...key.jwk, use: 'enc' }) }, 'key_unknown')
  const { alg: _alg, ...unlabelled } = key.jwk
  add('a key without alg is left out', { body: jwks(unlabelled) }, 'key_unknown')
  add('a key without alg gets the default', { body: jwks(unlabelled) }, 'accepted', {
    defaultAlg: 'ES256',
  })
  add('a default of another kind gives no key', { body: jwks(unlabelled) }, 'key_unknown', {
    defaultAlg: 'RS256',
  })
  add('alg none in a key', { body: jwks({ ...key.jwk, alg: 'none' }) }, 'key_unknown')
}

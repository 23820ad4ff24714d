import type { OptionCase } from '../attack-case.ts'
import type { Collector } from './collect.ts'

export function addOptionCases(all: Collector): void {
  const add = (
    make: OptionCase['make'],
    title: string,
    expect: string,
    options: Record<string, unknown>,
  ): void =>
    all.add({
      kind: 'option',
      area: 'option',
      id: `option: ${make} ${title}`,
      source: 'RFC 8725 §3',
      expect,
      make,
      options,
    })
  for (const name of ['issuer', 'audience', 'typ', 'keys']) {
    add('verifier', `without ${name}`, 'option_required', { [name]: null })
  }
  for (const name of ['issuer', 'typ']) {
    for (const value of ['', 7, ['a'], {}, true]) {
      add('verifier', `${name} ${JSON.stringify(value)}`, 'option_invalid', { [name]: value })
    }
  }
  for (const value of ['', [], [''], ['a', 7], 7, {}]) {
    add('verifier', `audience ${JSON.stringify(value)}`, 'option_invalid', { audience: value })
  }
  for (const value of [-1, 300.5, 301, 1e9, '10', {}]) {
    add('verifier', `tolerance ${JSON.stringify(value)}`, 'option_invalid', {
      clockToleranceSeconds: value,
    })
  }
  add('verifier', 'tolerance 300', 'accepted', { clockToleranceSeconds: 300 })
  for (const value of [0, -5, '60', {}]) {
    add('verifier', `age ${JSON.stringify(value)}`, 'option_invalid', { maxTokenAgeSeconds: value })
  }
  for (const value of ['sub', [7], [''], {}]) {
    add('verifier', `required claims ${JSON.stringify(value)}`, 'option_invalid', {
      requiredClaims: value,
    })
  }
  for (const value of [0, 15, -1, 1.5, '8192', 1e12]) {
    add('verifier', `length ${JSON.stringify(value)}`, 'option_invalid', { maxTokenLength: value })
  }
  for (const value of [7, 'now']) {
    add('verifier', `clock ${JSON.stringify(value)}`, 'option_invalid', { clock: value })
  }
  add('verifier', 'keys empty', 'option_required', { keys: [] })
  for (const value of ['secret', 7, {}, ['secret'], [{}]]) {
    add('verifier', `keys ${JSON.stringify(value)}`, 'option_invalid', { keys: value })
  }
  for (const value of [
    'ignoreExpiration',
    'algorithms',
    'aud',
    'iss',
    'clockTolerance',
    'maxTokenAge',
  ]) {
    add('verifier', `unknown ${value}`, 'option_unknown', { [value]: 1 })
  }
  for (const value of [15, 1e9, 1.5, '100']) {
    add('tokenCache', `cache of ${JSON.stringify(value)}`, 'option_invalid', { maxTokens: value })
  }
  for (const value of ['all', '', true]) {
    add('tokenCache', `cache keeps ${JSON.stringify(value)}`, 'option_invalid', { keeps: value })
  }
  for (const value of [true, 'yes', 7, {}, { maxTokens: 100 }]) {
    add('verifier', `cache ${JSON.stringify(value)}`, 'option_invalid', { cache: value })
  }
  for (const name of ['key', 'typ']) {
    add('signer', `without ${name}`, 'option_required', { [name]: null })
  }
  for (const value of ['', 7, {}]) {
    add('signer', `typ ${JSON.stringify(value)}`, 'option_invalid', { typ: value })
  }
  add('signer', 'key text', 'option_invalid', { key: 'secret' })
  add('signer', 'unknown header', 'option_unknown', { header: { crit: ['x'] } })
  for (const url of [
    'http://auth.example.com/jwks',
    'http://10.0.0.1/jwks',
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'ftp://auth.example.com/',
    'file:///etc/passwd',
    'data:application/json,{}',
    'https://user:pass@auth.example.com/',
    '/jwks.json',
    '',
    'http://0.0.0.0/',
    'javascript:1',
  ]) {
    add('remoteKeys', `at ${JSON.stringify(url)}`, 'option_invalid', { url })
  }
  for (const url of [
    'https://auth.example.com/jwks',
    'http://localhost:4400/jwks',
    'http://127.0.0.1/',
    'http://[::1]:80/',
  ]) {
    add('remoteKeys', `at ${JSON.stringify(url)}`, 'accepted', { url })
  }
  const url = 'https://auth.example.com/jwks'
  for (const [name, value] of [
    ['cooldownSeconds', 0],
    ['staleSeconds', -1],
    ['timeoutMilliseconds', 0],
    ['maxBytes', 1],
    ['maxKeys', 0],
    ['maxFreshSeconds', 1e9],
    ['minFreshSeconds', '60'],
    ['defaultAlg', 'none'],
  ] as const) {
    add('remoteKeys', `${name} ${value}`, 'option_invalid', { url, [name]: value })
  }
  add('remoteKeys', 'bounds the wrong way round', 'option_invalid', {
    url,
    minFreshSeconds: 100,
    maxFreshSeconds: 50,
  })
  for (const value of [0, 65, 1.5]) {
    all.add({
      kind: 'option',
      area: 'option',
      id: `option: depth ${value}`,
      source: 'RFC 8259 §9',
      expect: 'option_invalid',
      make: 'strictJson',
      options: { text: '{}', maxDepth: value },
    })
  }
}

import {
  audience,
  claimsOf,
  forge,
  forgeEncoded,
  encode,
  headerOf,
  issuer,
  now,
} from '../token-forge.ts'
import type { Collector } from './collect.ts'

export function addClaimCases(all: Collector): void {
  addTimes(all)
  addParties(all)
  addTypes(all)
  addSigning(all)
}

function adder(all: Collector) {
  const key = all.key('ES256')
  return (
    title: string,
    source: string,
    expect: string,
    more: object,
    options?: Record<string, unknown>,
  ): void =>
    all.token(
      'claims',
      title,
      source,
      expect,
      forge(key, headerOf(key), claimsOf({ ...more })),
      options ? { options } : {},
    )
}

function addTimes(all: Collector): void {
  const add = adder(all)
  const exp = (
    title: string,
    expect: string,
    value: unknown,
    options?: Record<string, unknown>,
  ): void => add(`exp ${title}`, 'RFC 7519 §4.1.4', expect, { exp: value }, options)
  exp('missing', 'claim_missing', undefined)
  exp('in the past', 'expired', now - 1)
  exp('now', 'expired', now)
  exp('half a second ahead', 'accepted', now + 0.5)
  exp('one second ahead', 'accepted', now + 1)
  exp('0', 'expired', 0)
  exp('negative', 'expired', -1)
  exp('very large', 'accepted', 1e300)
  exp('one millisecond value, far ahead', 'accepted', now * 1000)
  exp('tolerance ends', 'expired', now - 60, { clockToleranceSeconds: 60 })
  exp('tolerance holds', 'accepted', now - 59, { clockToleranceSeconds: 60 })
  for (const value of [null, '9999999999', '', true, [], [now + 9], {}, { a: 1 }]) {
    exp(`is ${JSON.stringify(value)}`, 'claim_invalid', value)
  }
  const key = all.key('ES256')
  const infinite = JSON.stringify(claimsOf()).replace(`"exp":${now + 600}`, '"exp":1e400')
  all.token(
    'claims',
    'exp is 1e400',
    'RFC 7519 §4.1.4',
    'claim_invalid',
    forge(key, headerOf(key), infinite),
  )
  const nbf = 'RFC 7519 §4.1.5'
  add('nbf ahead', nbf, 'not_yet_valid', { nbf: now + 1 })
  add('nbf now', nbf, 'accepted', { nbf: now })
  add(
    'nbf ahead within the tolerance',
    nbf,
    'accepted',
    { nbf: now + 30 },
    { clockToleranceSeconds: 30 },
  )
  add(
    'nbf ahead of the tolerance',
    nbf,
    'not_yet_valid',
    { nbf: now + 31 },
    { clockToleranceSeconds: 30 },
  )
  const age = { maxTokenAgeSeconds: 300 }
  const iat = 'RFC 7519 §4.1.6'
  add('iat too old', iat, 'too_old', { iat: now - 300 }, age)
  add('iat just young enough', iat, 'accepted', { iat: now - 299 }, age)
  add('iat missing where age counts', iat, 'claim_missing', { iat: undefined }, age)
  add('iat ahead where age counts', iat, 'issued_in_future', { iat: now + 1 }, age)
  add('iat far ahead where age counts', iat, 'issued_in_future', { iat: 1e300 }, age)
  add('iat ahead where it does not', iat, 'accepted', { iat: now + 1 })
  for (const name of ['nbf', 'iat', 'auth_time']) {
    for (const value of [null, String(now), false, [now]]) {
      add(`${name} is ${JSON.stringify(value)}`, 'RFC 7519 §2', 'claim_invalid', { [name]: value })
    }
  }
}

function addParties(all: Collector): void {
  const add = adder(all)
  const iss = 'RFC 7519 §4.1.1'
  add('iss missing', iss, 'claim_missing', { iss: undefined })
  for (const value of [
    '',
    'https://evil.example',
    `${issuer}/`,
    issuer.slice(0, -1),
    issuer.toUpperCase(),
    ` ${issuer}`,
    `${issuer}\u0000`,
    `${issuer}.evil.example`,
    'https://auth.example.com@evil.example',
  ]) {
    add(`iss is ${JSON.stringify(value)}`, iss, 'issuer_mismatch', { iss: value })
  }
  for (const value of [null, 1, [issuer], { [issuer]: 1 }]) {
    add(`iss is ${JSON.stringify(value)}`, iss, 'claim_invalid', { iss: value })
  }
  const aud = 'RFC 7519 §4.1.3'
  add('aud missing', aud, 'claim_missing', { aud: undefined })
  for (const value of [
    '',
    'https://evil.example',
    `${audience}/`,
    audience.slice(0, 10),
    `x ${audience}`,
    audience.toUpperCase(),
    [],
    ['https://evil.example'],
    [`${audience}.evil.example`],
  ]) {
    add(`aud is ${JSON.stringify(value)}`, aud, 'audience_mismatch', { aud: value })
  }
  for (const value of [
    null,
    1,
    true,
    { 0: audience, length: 1 },
    [audience, 1],
    [[audience]],
    [null, audience],
  ]) {
    add(`aud is ${JSON.stringify(value)}`, aud, 'claim_invalid', { aud: value })
  }
  add('aud in a list', aud, 'accepted', { aud: ['https://other.example', audience] })
  add(
    'aud of several accepted',
    aud,
    'accepted',
    { aud: 'https://b.example' },
    { audience: [audience, 'https://b.example'] },
  )
  add('aud where none is allowed', aud, 'audience_unexpected', {}, { audience: 'NO_AUDIENCE' })
  add(
    'empty aud where none is allowed',
    aud,
    'audience_unexpected',
    { aud: [] },
    { audience: 'NO_AUDIENCE' },
  )
  add(
    'no aud where none is allowed',
    aud,
    'accepted',
    { aud: undefined },
    { audience: 'NO_AUDIENCE' },
  )
  const required = { requiredClaims: ['tenant'] }
  add('required claim missing', 'RFC 8725 §3.8', 'claim_missing', {}, required)
  add('required claim null', 'RFC 8725 §3.8', 'claim_missing', { tenant: null }, required)
  add('required claim there', 'RFC 8725 §3.8', 'accepted', { tenant: 't' }, required)
  add(
    'required claim only in the prototype',
    'RFC 8725 §3.8',
    'claim_missing',
    {},
    { requiredClaims: ['toString'] },
  )
}

function addTypes(all: Collector): void {
  const add = adder(all)
  for (const name of ['sub', 'jti', 'client_id', 'scope', 'sid', 'azp', 'nonce', 'acr']) {
    for (const value of [null, 7, ['a'], { a: 1 }]) {
      add(`${name} is ${JSON.stringify(value)}`, 'RFC 7519 §2', 'claim_invalid', { [name]: value })
    }
  }
  for (const value of [null, 'pwd', [1], { 0: 'pwd' }]) {
    add(`amr is ${JSON.stringify(value)}`, 'RFC 8176 §1', 'claim_invalid', { amr: value })
  }
  const key = all.key('ES256')
  const wrongly = forgeEncoded(all.key('ES256-other'), encode(headerOf(key)), encode('{'))
  all.token(
    'claims',
    'signature counts before the payload is read',
    'RFC 8725 §3.3',
    'signature_invalid',
    wrongly,
  )
}

function addSigning(all: Collector): void {
  const add = (id: string, expect: string, claims: unknown): void =>
    all.add({
      kind: 'sign',
      area: 'sign',
      id: `sign: ${id}`,
      source: 'RFC 7519 §4.1',
      expect,
      claims,
    })
  add('usual claims', 'accepted', claimsOf())
  add('no exp', 'claim_missing', { iss: 'a' })
  add('exp is text', 'claim_invalid', { exp: '1' })
  add('exp is null', 'claim_invalid', { exp: null })
  add('aud is a number', 'claim_invalid', claimsOf({ aud: 1 }))
  add('sub is a number', 'claim_invalid', claimsOf({ sub: 1 }))
  add('scope is a list', 'claim_invalid', claimsOf({ scope: ['a'] }))
  add('a list', 'json_not_object', [claimsOf()])
  add('null', 'json_not_object', null)
  add('text', 'json_not_object', '{"exp":1}')
  add('a lone surrogate', 'json_lone_surrogate', claimsOf({ name: '\ud800' }))
  add('too long', 'token_too_long', claimsOf({ x: 'x'.repeat(8192) }))
}

import { generateKeyPairSync } from 'node:crypto'
import { makeKey, privateJwkOf, without, type Json } from '../token-forge.ts'
import type { AddKey, Collector } from './collect.ts'

const curves: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

export function addCurves(all: Collector, add: AddKey): void {
  for (const alg of ['ES256', 'ES384', 'ES512']) {
    const { x, y, ...rest } = all.key(alg).jwk as Record<string, string>
    const bytes = Buffer.from(x!, 'base64url')
    const change = (title: string, expect: string, more: Json): void =>
      add(`${alg} ${title}`, 'RFC 7518 §6.2', expect, { alg, jwk: { ...rest, x, y, ...more } })
    change('off the curve', 'key_point_invalid', { y: flipLast(y!) })
    change('the point 0, 0', 'key_point_invalid', {
      x: zeros(bytes.length),
      y: zeros(bytes.length),
    })
    change('a coordinate above the field', 'key_point_invalid', {
      x: Buffer.alloc(bytes.length, 0xff).toString('base64url'),
    })
    change('a coordinate too short', 'key_member_invalid', {
      x: bytes.subarray(1).toString('base64url'),
    })
    change('a coordinate too long', 'key_member_invalid', {
      x: Buffer.concat([Buffer.of(0), bytes]).toString('base64url'),
    })
    change('a coordinate padded', 'key_member_invalid', {
      x: bytes.toString('base64').padEnd(bytes.length + 60, '='),
    })
    change('y missing', 'key_member_missing', { y: undefined })
    change('x a number', 'key_member_invalid', { x: 1 })
    change('kty in lower case', 'key_type_mismatch', { kty: 'ec' })
    for (const other of ['ES256', 'ES384', 'ES512']) {
      if (other === alg) continue
      add(`${curves[other]} for ${alg}`, 'RFC 7518 §3.4', 'key_curve_mismatch', {
        alg,
        jwk: without(all.key(other).jwk, 'alg'),
      })
    }
    const own = privateJwkOf(all.key(alg))
    const other = privateJwkOf(makeKey(alg))
    add(`${alg} private`, 'RFC 7518 §6.2.2', 'accepted', { alg, jwk: own }, 'sign')
    add(`${alg} private part of another key`, 'RFC 7518 §6.2.2', 'key_pair_mismatch', {
      alg,
      jwk: { ...own, d: other['d'] },
    })
    add(`${alg} private part too short`, 'RFC 7518 §6.2.2', 'key_member_invalid', {
      alg,
      jwk: { ...own, d: 'AQ' },
    })
  }
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({
    format: 'jwk',
  })
  add('secp256k1 for ES256', 'RFC 7518 §3.4', 'key_curve_mismatch', { alg: 'ES256', jwk: k1 })
  add('an RSA key for ES256', 'RFC 7518 §6.2', 'key_type_mismatch', {
    alg: 'ES256',
    jwk: without(all.key('RS256').jwk, 'alg'),
  })
}

function flipLast(text: string): string {
  const bytes = Buffer.from(text, 'base64url')
  bytes[bytes.length - 1]! ^= 1
  return bytes.toString('base64url')
}

function zeros(length: number): string {
  return Buffer.alloc(length).toString('base64url')
}

/** Points of low order and texts that are no point, as hexadecimal. Source: RFC 8032 §5.1.3, RFC 7748 §6.1. */
const badPoints: Record<string, string> = {
  'the neutral point': `01${'00'.repeat(31)}`,
  'a point of order 2': `ec${'ff'.repeat(30)}7f`,
  'a point of order 4': '00'.repeat(32),
  'the other point of order 4': `${'00'.repeat(31)}80`,
  'a point of order 8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'another point of order 8': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'a third point of order 8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'a fourth point of order 8': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'the neutral point with a sign': `01${'00'.repeat(30)}80`,
  'y equal to the prime': `ed${'ff'.repeat(30)}7f`,
  'y above the prime': `ee${'ff'.repeat(30)}7f`,
  'all ones': 'ff'.repeat(32),
  'no point at all': `02${'00'.repeat(31)}`,
}

export function addEdwards(all: Collector, add: AddKey): void {
  const { x, ...rest } = all.key('EdDSA').jwk as Record<string, string>
  for (const [title, hex] of Object.entries(badPoints)) {
    const point = Buffer.from(hex, 'hex').toString('base64url')
    add(`Ed25519 ${title}`, 'RFC 8032 §5.1.3', 'key_point_invalid', {
      alg: 'EdDSA',
      jwk: { ...rest, x: point },
    })
  }
  const change = (title: string, expect: string, more: Json): void =>
    add(`Ed25519 ${title}`, 'RFC 8037 §2', expect, { alg: 'EdDSA', jwk: { ...rest, x, ...more } })
  change('x too short', 'key_member_invalid', { x: x!.slice(2) })
  change('x missing', 'key_member_missing', { x: undefined })
  change('x with loose bits', 'key_member_invalid', {
    x: `${x!.slice(0, -1)}${x!.at(-1) === 'A' ? 'B' : 'z'}`,
  })
  change('curve Ed448', 'key_curve_mismatch', { crv: 'Ed448' })
  change('curve X25519', 'key_curve_mismatch', { crv: 'X25519' })
  change('curve missing', 'key_curve_mismatch', { crv: undefined })
  const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
  add('an X25519 key', 'RFC 8037 §3.2', 'key_curve_mismatch', { alg: 'EdDSA', jwk: x25519 })
  const own = privateJwkOf(all.key('EdDSA'))
  const other = privateJwkOf(makeKey('EdDSA'))
  add('Ed25519 private', 'RFC 8037 §2', 'accepted', { alg: 'EdDSA', jwk: own }, 'sign')
  add('Ed25519 private part of another key', 'RFC 8037 §2', 'key_pair_mismatch', {
    alg: 'EdDSA',
    jwk: { ...own, d: other['d'] },
  })
}

export function addAkp(all: Collector, add: AddKey): void {
  const jwk = all.key('ML-DSA-44').jwk
  const change = (title: string, expect: string, more: Json): void =>
    add(`ML-DSA-44 ${title}`, 'RFC 9964 §3', expect, { alg: 'ML-DSA-44', jwk: { ...jwk, ...more } })
  change('as it should be', 'accepted', {})
  change('without alg', 'key_alg_mismatch', { alg: undefined })
  change('with the alg of another', 'key_alg_mismatch', { alg: 'ML-DSA-65' })
  change('pub too short', 'key_member_invalid', { pub: (jwk['pub'] as string).slice(4) })
  change('pub of another size', 'key_member_invalid', { pub: all.key('ML-DSA-65').jwk['pub'] })
  change('seed too short', 'key_member_invalid', { priv: 'AAAA' })
  change('kty OKP', 'key_type_mismatch', { kty: 'OKP' })
  const other = privateJwkOf(makeKey('ML-DSA-44'))
  change('seed of another key', 'key_pair_mismatch', { priv: other['priv'] })
}

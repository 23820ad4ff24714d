import { createHmac, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { createTokenCache, createVerifier, generateKey, publicKeyOf } from '@mapae/jwt'
import type { Subject } from './measure.ts'
import {
  audience,
  createPeers,
  issuer,
  toForms,
  typ,
  type ComparedAlgorithm,
  type KeyForms,
} from './peers.ts'

/** Subjects that are timed against each other, the one they are compared with first. */
export interface Group {
  readonly name: string
  readonly subjects: readonly Subject[]
}

const lifetimeSeconds = 86_400

/** Eight claims, as a real access token has them. */
export function createClaims(
  now: number,
  serial: number,
): Record<string, unknown> & { exp: number } {
  return {
    iss: issuer,
    sub: 'AZrBz4V3cLeJ0nqUx2kM9w',
    aud: audience,
    exp: now + lifetimeSeconds,
    iat: now,
    jti: Buffer.from(String(serial).padStart(8, '0')).toString('base64url'),
    client_id: 'web',
    sid: 'AZrBz4V3f-2hQ5sVb1tN7g',
  }
}

/** The groups of the benchmark; `now` is in Unix seconds. */
export function createGroups(now: number): Group[] {
  const all = (['ES256', 'EdDSA', 'RS256', 'HS256'] as const).map((alg) =>
    toForms(alg, generateKey(alg, { kid: 'k1b2c3d4' })),
  )
  return [
    ...all.map((forms) => createVerifyGroup(forms, now)),
    ...all.map((forms) => createSignGroup(forms, now)),
    createCachedGroup(all[0]!, now),
  ]
}

function createVerifyGroup(forms: KeyForms, now: number): Group {
  const peers = createPeers(forms)
  const token = peers[0]!.sign!(createClaims(now, 0)) as string
  const end = token.lastIndexOf('.')
  const input = Buffer.from(token.slice(0, end))
  const check = floorVerify(forms.alg, forms.verifying)
  const signature = floorSign(forms.alg, forms.signing)(input)
  if (!check(input, signature)) throw new Error('the floor does not verify')
  const floor = { name: 'floor', run: () => check(input, signature) }
  const rest = peers.map(({ name, verify: run }) => ({ name, run: () => run!(token) }))
  const raw = Buffer.from(token.slice(end + 1), 'base64url')
  const prepared = { key: forms.verifying, dsaEncoding: 'ieee-p1363' } as const
  const jwsFloor = {
    name: 'floor, signature as JWS has it',
    run: () => verify('sha256', input, prepared, raw),
  }
  const floors = forms.alg === 'ES256' ? [floor, jwsFloor] : [floor]
  return { name: `verify ${forms.alg}`, subjects: [...floors, ...rest] }
}

function createSignGroup(forms: KeyForms, now: number): Group {
  const claims = createClaims(now, 0)
  const peers = createPeers(forms).filter((peer) => peer.sign !== undefined)
  const token = peers[0]!.sign!(claims) as string
  const input = Buffer.from(token.slice(0, token.lastIndexOf('.')))
  const make = floorSign(forms.alg, forms.signing)
  const floor = { name: 'floor', run: () => make(input) }
  const rest = peers.map(({ name, sign: run }) => ({ name, run: () => run!(claims) }))
  const prepared = { key: forms.signing, dsaEncoding: 'ieee-p1363' } as const
  const jwsFloor = {
    name: 'floor, signature as JWS has it',
    run: () => sign('sha256', input, prepared),
  }
  const floors = forms.alg === 'ES256' ? [floor, jwsFloor] : [floor]
  return { name: `sign ${forms.alg}`, subjects: [...floors, ...rest] }
}

const digests: Record<ComparedAlgorithm, string | null> = {
  ES256: 'sha256',
  RS256: 'sha256',
  HS256: 'sha256',
  EdDSA: null,
}

/**
 * The primitive alone, in its fastest form: keys decoded before, bytes split before, and ECDSA
 * signatures in DER, because asking node:crypto for P1363 makes it slower and the floor too easy.
 */
function floorVerify(
  alg: ComparedAlgorithm,
  key: KeyObject,
): (input: Buffer, signature: Buffer) => boolean {
  if (alg === 'HS256') {
    return (input, signature) =>
      timingSafeEqual(createHmac('sha256', key).update(input).digest(), signature)
  }
  return (input, signature) => verify(digests[alg], input, key, signature)
}

function floorSign(alg: ComparedAlgorithm, key: KeyObject): (input: Buffer) => Buffer {
  if (alg === 'HS256') return (input) => createHmac('sha256', key).update(input).digest()
  return (input) => sign(digests[alg], input, key)
}

const cachedTokens = 100

/** Tokens that were all seen before, each call with a string nobody has seen: what a server gets. */
function createCachedGroup(forms: KeyForms, now: number): Group {
  const [mapae] = createPeers(forms)
  const bytes = Array.from({ length: cachedTokens }, (_, serial) =>
    Buffer.from(mapae!.sign!(createClaims(now, serial)) as string),
  )
  const prepare = (count: number): string[] =>
    Array.from({ length: count }, (_, call) => bytes[call % cachedTokens]!.toString('latin1'))
  const fastOptions = {
    algorithms: [forms.alg],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: typ,
    key: forms.verifying.export({ format: 'pem', type: 'spki' }),
    cache: true,
  }
  const own = { keys: publicKeyOf(forms.key), issuer, audience, typ }
  return {
    name: 'verify ES256, cached',
    subjects: [
      { name: 'fast-jwt, its default cache', run: createFastVerifier(fastOptions), prepare },
      {
        name: 'fast-jwt, the token as cache key',
        run: createFastVerifier({ ...fastOptions, cacheKeyBuilder: (token: string) => token }),
        prepare,
      },
      { name: '@mapae/jwt', run: createVerifier({ ...own, cache: createTokenCache() }), prepare },
      {
        name: '@mapae/jwt, no token kept',
        run: createVerifier({ ...own, cache: createTokenCache({ keeps: 'digest' }) }),
        prepare,
      },
    ],
  }
}

import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'

/** A client's key and what it proves with it, put together by hand so that all of it can be wrong. */
export interface DpopKey {
  readonly jwk: JsonWebKey
  readonly privateKey: KeyObject
  /** RFC 7638. */
  readonly thumbprint: string
  /** A proof with another `jti` each time; changes go over what is right, null takes out. */
  proof(claims: Changes, header?: Changes, signing?: KeyObject): string
  /** Header and payload as they are, with a signature. */
  signed(input: string): string
}

export type Changes = Readonly<Record<string, unknown>>

export function createDpopKey(): DpopKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const members = { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
  return {
    jwk,
    privateKey,
    thumbprint: createHash('sha256').update(JSON.stringify(members)).digest('base64url'),
    proof(claims, header = {}, signing = privateKey) {
      const signed = [
        encode({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }),
        encode({ jti: randomBytes(12).toString('base64url'), ...claims }),
      ].join('.')
      return withSignature(signed, signing)
    },
    signed: (input) => withSignature(input, privateKey),
  }
}

function withSignature(input: string, key: KeyObject): string {
  const options = { key, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
}

/** What a proof says about the access token that it comes with. */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url')
}

function encode(members: Changes): string {
  const kept = Object.entries(members).filter(([, value]) => value !== null)
  return Buffer.from(JSON.stringify(Object.fromEntries(kept))).toString('base64url')
}

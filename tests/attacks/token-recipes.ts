import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'

import { exportJwk } from '@mapae/jwt'

import type { TestMapae } from '../../packages/server/tests/test-mapae.ts'

/** How to make a token: a genuine one, changed, signed anew with some key, and edited. */
export interface TokenRecipe {
  /** Which genuine token it begins as. */
  readonly from?: 'access' | 'refresh'
  /** Header parameters and claims to put in; null takes one out. `$stranger_jwk` is a public key. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** A payload that is not made from claims. */
  readonly payload?: string
  /** Who signs. Without it the genuine signature stays. */
  readonly sign?: keyof ReturnType<typeof createSignatures>
  readonly edit?: keyof typeof edits
}

export interface GenuineTokens {
  readonly access: string
  readonly refresh: string
}

/** Spoils a finished token. */
const edits = {
  flip_first_signature_bit: (token: string) => withSignature(token, (bytes) => flip(bytes, 0)),
  flip_last_signature_bit: (token: string) =>
    withSignature(token, (bytes) => flip(bytes, bytes.length - 1)),
  shorten_signature: (token: string) => withSignature(token, (bytes) => bytes.subarray(0, -1)),
  lengthen_signature: (token: string) =>
    withSignature(token, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  zero_signature: (token: string) => withSignature(token, (bytes) => Buffer.alloc(bytes.length)),
  drop_signature: (token: string) => token.replace(/[^.]+$/, ''),
  drop_part: (token: string) => token.replace(/\.[^.]+$/, ''),
  add_part: (token: string) => `${token}.AAAA`,
  pad: (token: string) => `${token}=`,
  standard_base64: (token: string) => `${token.slice(0, -2)}+/`,
  // ES256 signatures end in 4 unused bits: the same bytes in another spelling.
  other_spelling: (token: string) => `${token.slice(0, -1)}${nextCharacter(token.at(-1)!)}`,
  json_serialization: (token: string) => {
    const [header, payload, signature] = token.split('.')
    return encode({ payload, protected: header, signature })
  },
}

/** Makes tokens as attackers would, with the server's own keys where the claims are the point. */
export function createTokenKitchen({ mapae }: TestMapae, genuine: GenuineTokens) {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signatures = createSignatures(mapae, stranger.privateKey)
  const strangerJwk = stranger.publicKey.export({ format: 'jwk' })

  return (recipe: TokenRecipe): string => {
    const [header, payload, signature] = genuine[recipe.from ?? 'access'].split('.')
    const signed = [
      changed(header!, recipe.header, strangerJwk),
      recipe.payload === undefined
        ? changed(payload!, recipe.claims, strangerJwk)
        : Buffer.from(recipe.payload, 'latin1').toString('base64url'),
    ].join('.')
    const end = recipe.sign === undefined ? signature! : signatures[recipe.sign](signed)
    const token = `${signed}.${end}`
    return recipe.edit === undefined ? token : edits[recipe.edit](token)
  }
}

function createSignatures({ signingKeys }: TestMapae['mapae'], stranger: KeyObject) {
  const accessJwk = exportJwk(signingKeys.accessToken.signing, { private: true }) as JsonWebKey
  const accessKey = createPrivateKey({ format: 'jwk', key: accessJwk })
  const refreshJwk = exportJwk(signingKeys.refreshToken.signing, { private: true })
  const refreshKey = Buffer.from(String(refreshJwk['k']), 'base64url')
  const publicKey = createPublicKey(accessKey)
  const publicDer = publicKey.export({ type: 'spki', format: 'der' })
  const strangerRsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

  return {
    /** The server's own keys: everything but the change is right. */
    server_es256: (signed: string) => es256(accessKey, signed),
    server_hs256: (signed: string) => hs256(refreshKey, signed),
    stranger_es256: (signed: string) => es256(stranger, signed),
    stranger_rs256: (signed: string) =>
      sign('sha256', Buffer.from(signed), strangerRsa).toString('base64url'),
    stranger_hs256: (signed: string) => hs256(randomBytes(32), signed),
    empty_hs256: (signed: string) => hs256(Buffer.alloc(0), signed),
    public_pem_hs256: (signed: string) =>
      hs256(Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })), signed),
    public_der_hs256: (signed: string) => hs256(publicDer, signed),
    public_point_hs256: (signed: string) => hs256(publicDer.subarray(-65), signed),
    public_jwk_hs256: (signed: string) =>
      hs256(Buffer.from(JSON.stringify(signingKeys.publicJwks.keys[0])), signed),
    /** A DER signature, as other protocols write it. */
    server_es256_der: (signed: string) =>
      sign('sha256', Buffer.from(signed), accessKey).toString('base64url'),
    nobody: (_signed: string) => '',
  }
}

function es256(key: KeyObject, signed: string): string {
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return signature.toString('base64url')
}

function hs256(key: Uint8Array, signed: string): string {
  return createHmac('sha256', key).update(signed).digest('base64url')
}

function changed(
  part: string,
  changes: Readonly<Record<string, unknown>> | undefined,
  strangerJwk: JsonWebKey,
): string {
  if (changes === undefined) return part
  const members = JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const merged = Object.entries({ ...members, ...changes })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, value === '$stranger_jwk' ? strangerJwk : value])
  return encode(Object.fromEntries(merged))
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function withSignature(token: string, change: (bytes: Buffer) => Buffer): string {
  const parts = token.split('.')
  const signature = change(Buffer.from(parts[2]!, 'base64url'))
  return [parts[0], parts[1], signature.toString('base64url')].join('.')
}

function flip(bytes: Buffer, index: number): Buffer {
  const changedBytes = Buffer.from(bytes)
  changedBytes[index]! ^= 1
  return changedBytes
}

function nextCharacter(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) + 1]!
}

import { base64url, sha256 } from './base64url.ts'
import type { World } from './world.ts'

/** A key of this device that nobody can take out of it. */
export interface DeviceKey {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

type CryptoKey = Parameters<typeof crypto.subtle.exportKey>[1]

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function createDeviceKey(): Promise<DeviceKey> {
  return crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** Proves for one request that the sender holds the key. Spec: RFC 9449 section 4.2. */
export async function createProof(
  { privateKey, publicKey }: DeviceKey,
  { method, url }: Request,
  accessToken: string | undefined,
  nonce: string | undefined,
  world: World,
): Promise<string> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  const claims = {
    jti: world.random(),
    htm: method,
    htu: url.replace(/[?#].*/, ''),
    iat: Math.floor(world.now() / 1000),
    nonce,
    ath: accessToken && (await sha256(accessToken)),
  }
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }
  const signed = [header, claims]
    .map((part) => base64url(encode(JSON.stringify(part)).buffer))
    .join('.')
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, encode(signed))
  return `${signed}.${base64url(signature)}`
}

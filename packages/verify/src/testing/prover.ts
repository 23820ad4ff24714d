import { thumbprint } from '@mapae/jwt'

import { toBase64url } from '../dpop/nonces.ts'

/** Makes a DPoP proof for one request; claims as given replace those that it has anyway. */
export type Prove = (
  method: string,
  url: string,
  claims?: Readonly<Record<string, unknown>>,
  header?: Readonly<Record<string, unknown>>,
) => Promise<string>

/** A key of a client, and proofs made with it. Spec: RFC 9449 §4.2. */
export async function createProver(clock: () => number) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  const jwk = { kty: kty!, crv: crv!, x: x!, y: y! }
  let made = 0

  const encode = (value: unknown) => toBase64url(new TextEncoder().encode(JSON.stringify(value)))
  const prove = async (
    accessToken: string,
    ...[method, url, claims, header]: Parameters<Prove>
  ): Promise<string> => {
    made++
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))
    const payload = {
      jti: `test-proof-${made}`,
      htm: method,
      htu: url,
      iat: clock(),
      ath: toBase64url(new Uint8Array(digest)),
      ...claims,
    }
    const input = `${encode({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })}.${encode(payload)}`
    const bytes = new TextEncoder().encode(input)
    const signature = await crypto.subtle.sign(algorithm, privateKey, bytes)
    return `${input}.${toBase64url(new Uint8Array(signature))}`
  }
  return { thumbprint: await thumbprint.async(jwk), prove }
}

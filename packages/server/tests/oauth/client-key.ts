import { randomBytes } from 'node:crypto'

import { exportJWK, generateKeyPair, SignJWT } from 'jose'

import type { PublicJwk } from '../../src/domain/client.ts'
import { ISSUER } from '../test-mapae.ts'

/** A client's key pair and the JWTs that it signs, all of which can be wrong. */
export async function createClientKey(clientId: string, alg = 'ES256', kid = 'one') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: PublicJwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }

  /** Null takes a claim or a header parameter out. */
  function sign(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
    key = privateKey,
  ): Promise<string> {
    const kept = Object.entries(claims).filter(([, value]) => value !== null)
    return new SignJWT(Object.fromEntries(kept))
      .setProtectedHeader({ alg, kid, ...header })
      .sign(key)
  }

  return {
    jwk,
    jwks: { keys: [jwk] },
    privateKey,
    sign,
    /** An assertion about the client itself, once. */
    assertion: (
      now: number,
      changes: Readonly<Record<string, unknown>> = {},
      header = {},
      key = privateKey,
    ) =>
      sign(
        {
          iss: clientId,
          sub: clientId,
          aud: ISSUER,
          jti: randomBytes(12).toString('base64url'),
          iat: now,
          exp: now + 60,
          ...changes,
        },
        header,
        key,
      ),
    /** A request object with these parameters. */
    requestObject: (
      now: number,
      parameters: Readonly<Record<string, unknown>>,
      header: Readonly<Record<string, unknown>> = { typ: 'oauth-authz-req+jwt' },
      key = privateKey,
    ) =>
      sign(
        {
          iss: clientId,
          aud: ISSUER,
          client_id: clientId,
          iat: now,
          nbf: now,
          exp: now + 60,
          ...parameters,
        },
        header,
        key,
      ),
  }
}

export type ClientKey = Awaited<ReturnType<typeof createClientKey>>

export function withAssertion(assertion: string): Record<string, string> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}

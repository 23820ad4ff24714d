import { createPublicKey, createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { Algorithm as NativeAlgorithm } from '@node-rs/jsonwebtoken'
import { signSync, verifySync } from '@node-rs/jsonwebtoken'
import { JwtVerifier } from 'aws-jwt-verify'
import { createSigner as createFastSigner, createVerifier as createFastVerifier } from 'fast-jwt'
import { jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { createSigner, createVerifier, exportJwk, publicKeyOf, type Key } from '@mapae/jwt'

export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'
export const typ = 'at+jwt'

/** The algorithms that the comparison is about. */
export type ComparedAlgorithm = 'ES256' | 'EdDSA' | 'RS256' | 'HS256'

/** One library set up for one key, with every check it offers turned on. */
export interface Peer {
  readonly name: string
  readonly verify?: (token: string) => unknown
  readonly sign?: (claims: Record<string, unknown>) => string | Promise<string>
  /** The clock is not JavaScript's and cannot be set. */
  readonly hasOwnClock?: boolean
}

/** One key in the forms that the libraries ask for. */
export interface KeyForms {
  readonly alg: ComparedAlgorithm
  readonly key: Key
  readonly signing: KeyObject
  readonly verifying: KeyObject
}

export function toForms(alg: ComparedAlgorithm, key: Key): KeyForms {
  const jwk = exportJwk(key, { private: true })
  if (key.kind === 'secret') {
    const secret = createSecretKey(Buffer.from(jwk['k'] as string, 'base64url'))
    return { alg, key, signing: secret, verifying: secret }
  }
  // Keys decoded from PEM are faster than keys from a JWK; everybody gets the faster ones.
  const parsed = createPrivateKey({ key: jwk, format: 'jwk' })
  const signing = createPrivateKey(parsed.export({ format: 'pem', type: 'pkcs8' }))
  const verifying = createPublicKey(createPublicKey(parsed).export({ format: 'pem', type: 'spki' }))
  return { alg, key, signing, verifying }
}

/** Every library that has the algorithm, this one first. */
export function createPeers(forms: KeyForms): Peer[] {
  const peers = [createMapae(forms), createFastJwt(forms), createJose(forms), createNodeRs(forms)]
  if (forms.alg !== 'EdDSA') peers.push(createJsonwebtoken(forms))
  if (forms.alg !== 'HS256') peers.push(createAws(forms))
  return peers
}

function createMapae({ key }: KeyForms): Peer {
  const keys = key.kind === 'private' ? publicKeyOf(key) : key
  const sign = key.kind === 'public' ? undefined : createSigner({ key, typ })
  return {
    name: '@mapae/jwt',
    verify: createVerifier({ keys, issuer, audience, typ }),
    sign: (claims) => sign!(claims as { exp: number }),
  }
}

function createFastJwt({ alg, key, signing, verifying }: KeyForms): Peer {
  const text = (form: KeyObject, type: 'spki' | 'pkcs8'): Buffer =>
    form.type === 'secret' ? form.export() : Buffer.from(form.export({ format: 'pem', type }))
  const options = { algorithms: [alg], allowedIss: issuer, allowedAud: audience }
  return {
    name: 'fast-jwt',
    verify: createFastVerifier({
      ...options,
      checkTyp: typ,
      requiredClaims: ['exp', 'iss', 'aud'],
      key: text(verifying, 'spki'),
    }) as (token: string) => unknown,
    sign: createFastSigner({
      algorithm: alg,
      key: text(signing, 'pkcs8'),
      header: { alg, typ, kid: key.kid! },
      noTimestamp: true,
    }),
  }
}

function createJose({ alg, key, signing, verifying }: KeyForms): Peer {
  const options = { algorithms: [alg], issuer, audience, typ, requiredClaims: ['exp'] }
  const header = { alg, typ, kid: key.kid! }
  return {
    name: 'jose',
    verify: async (token) => (await jwtVerify(token, verifying, options)).payload,
    sign: async (claims) => new SignJWT(claims).setProtectedHeader(header).sign(signing),
  }
}

function createJsonwebtoken({ alg, key, signing, verifying }: KeyForms): Peer {
  const algorithm = alg as jsonwebtoken.Algorithm
  return {
    name: 'jsonwebtoken',
    verify: (token) =>
      jsonwebtoken.verify(token, verifying, { algorithms: [algorithm], issuer, audience }),
    sign: (claims) =>
      jsonwebtoken.sign(claims, signing, {
        algorithm,
        keyid: key.kid!,
        header: { alg, typ },
        noTimestamp: true,
      }),
  }
}

function createNodeRs({ alg, key, signing, verifying }: KeyForms): Peer {
  const bytes = (form: KeyObject, type: 'spki' | 'pkcs8'): Buffer =>
    form.type === 'secret' ? form.export() : Buffer.from(form.export({ format: 'pem', type }))
  const algorithm = alg as NativeAlgorithm
  const [signingBytes, verifyingBytes] = [bytes(signing, 'pkcs8'), bytes(verifying, 'spki')]
  return {
    name: '@node-rs/jsonwebtoken',
    hasOwnClock: true,
    verify: (token) =>
      verifySync(token, verifyingBytes, {
        algorithms: [algorithm],
        iss: [issuer],
        aud: [audience],
        leeway: 0,
        validateNbf: true,
        requiredSpecClaims: ['exp', 'iss', 'aud'],
      }),
    sign: (claims) => signSync(claims, signingBytes, { algorithm, keyId: key.kid! }),
  }
}

function createAws({ key }: KeyForms): Peer {
  const jwk = exportJwk(key) as { kty: string; kid: string; alg: string; use: string }
  const verifier = JwtVerifier.create({
    issuer,
    audience,
    jwksUri: 'https://auth.example.com/jwks.json',
    graceSeconds: 0,
  })
  verifier.cacheJwks({ keys: [jwk] })
  return { name: 'aws-jwt-verify', verify: (token) => verifier.verifySync(token) }
}

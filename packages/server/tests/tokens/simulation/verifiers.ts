import { createRemoteKeys, createVerifier, TokenError, type Jwk } from '@mapae/jwt'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  jwtVerify,
  type JSONWebKeySet,
} from 'jose'

import { JWKS_MAX_AGE_SECONDS } from '../../../src/tokens/key-stages.ts'
import { AUDIENCE, ISSUER, type TrueTime } from './node.ts'

const MAPAE_JWT_STALE_SECONDS = 3600
const JWKS_URL = `${ISSUER}/.well-known/jwks.json`

/** A resource server: throws unless the token verifies. */
export interface Verifier {
  readonly name: string
  verify(accessToken: string): Promise<void>
}

type Fetch = () => Promise<Response>

/** Answers from whatever node the proxy picks. */
export function createOrigin(publicJwks: () => { readonly keys: readonly Jwk[] }): Fetch {
  return async () =>
    Response.json(publicJwks(), {
      headers: { 'Cache-Control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` },
    })
}

/** A shared cache that keeps each answer as long as it may and does not tell its age. */
export function createProxy(origin: Fetch, time: TrueTime): Fetch {
  let kept: Response | undefined
  let keptUntil = -Infinity
  return async () => {
    if (kept === undefined || time.now >= keptUntil) {
      kept = await origin()
      keptUntil = time.now + JWKS_MAX_AGE_SECONDS
    }
    return kept.clone()
  }
}

/** A network that works again only when keys cannot be served stale any longer. */
export function createOutages(fetch: Fetch, time: TrueTime): Fetch {
  let worksFrom = -Infinity
  return async () => {
    if (time.now < worksFrom) throw new Error('unreachable')
    worksFrom = time.now + JWKS_MAX_AGE_SECONDS + MAPAE_JWT_STALE_SECONDS
    return fetch()
  }
}

/** This package, with its defaults. */
export function createMapaeVerifier(name: string, fetch: Fetch, time: TrueTime): Verifier {
  const clock = () => time.now
  const verify = createVerifier({
    keys: createRemoteKeys(JWKS_URL, { fetch, clock }),
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: 'at+jwt',
    clockToleranceSeconds: 30,
    clock,
  })
  return {
    name,
    async verify(accessToken) {
      try {
        await verify.async(accessToken)
      } catch (error) {
        // Without any keys nothing is said about the token.
        if (!(error instanceof TokenError && error.code === 'keys_unavailable')) throw error
      }
    },
  }
}

/** jose, with its defaults: keeps keys for ten minutes. It needs the mocked `Date`. */
export function createJoseVerifier(name: string, fetch: Fetch): Verifier {
  const keys = createRemoteJWKSet(new URL(JWKS_URL), { [customFetch]: fetch })
  const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', clockTolerance: 30 }
  return { name, verify: async (token) => void (await jwtVerify(token, keys, options)) }
}

/** Keeps the answer as long as its headers allow and asks for nothing in between. */
export function createPatientVerifier(name: string, fetch: Fetch, time: TrueTime): Verifier {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let freshUntil = -Infinity
  const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', clockTolerance: 30 }
  return {
    name,
    async verify(accessToken) {
      if (keys === undefined || time.now >= freshUntil) {
        keys = createLocalJWKSet((await (await fetch()).json()) as JSONWebKeySet)
        freshUntil = time.now + JWKS_MAX_AGE_SECONDS
      }
      await jwtVerify(accessToken, keys, options)
    },
  }
}

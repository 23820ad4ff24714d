import { hash } from 'node:crypto'

import { createProofVerifier, TokenError, type Proof } from '@mapae/jwt'

import { clientSignatureAlgorithms } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import type { DpopNonces } from './dpop-nonce.ts'
import type { Freshness, ReplayMemory } from './replay-memory.ts'

/** How old a proof may be that says so itself, by the client's clock. */
const AGE_SECONDS = 60 as Seconds
/** How far that clock may be ahead. */
const AHEAD_SECONDS = 5 as Seconds
/** How old a proof may be that carries a nonce, which is this server's own clock. */
const NONCE_SECONDS = 300 as Seconds

/** The request that a proof must have been made for. */
export interface ProvenRequest {
  readonly method: string
  /** Without query and fragment. */
  readonly url: string
  /** The access token that it carries, and the thumbprint of the key that this is bound to. */
  readonly bound?: { readonly accessToken: string; readonly keyThumbprint: string }
}

export interface DpopProofs {
  /**
   * Checks a proof and counts it as used. Returns the RFC 7638 thumbprint of the key that its
   * sender holds; whether that is the right key is for the caller to say, unless the request
   * carries an access token.
   * Errors: `invalid_dpop_proof`, whose `reason` says why; `use_dpop_nonce` when it does not prove
   * its age: then the client makes another one with the nonce that comes with the error.
   * Spec: RFC 9449 sections 4.3, 7.1 and 8.
   */
  check(proof: string, request: ProvenRequest): Promise<string>
}

export function createDpopProofs(
  nonces: DpopNonces,
  memory: ReplayMemory,
  clock: Clock,
): DpopProofs {
  const read = createProofVerifier({ typ: 'dpop+jwt', algorithms: clientSignatureAlgorithms })

  return {
    async check(proof, request) {
      const { claims, thumbprint } = await readProof(read, proof)
      const { jti, iat, nonce } = claims
      if (typeof jti !== 'string' || jti === '') throw invalidProof('jti_missing')
      if (typeof iat !== 'number') throw invalidProof('iat_missing')
      checkPurpose(claims, thumbprint, request)
      const freshness = freshnessOf(iat, nonce as string | undefined, nonces, clock.seconds())
      if (freshness === null || memory.mayHaveForgotten(freshness)) {
        const challenge = dpopChallenge('use_dpop_nonce')
        throw new MapaeError('use_dpop_nonce', { dpopNonce: nonces.issue(), challenge })
      }
      if (!memory.add(`${thumbprint} ${jti}`, freshness)) throw invalidProof('replayed')
      return thumbprint
    },
  }
}

async function readProof(read: (proof: string) => Promise<Proof>, proof: string): Promise<Proof> {
  try {
    return await read(proof)
  } catch (error) {
    if (error instanceof TokenError) throw invalidProof(error.code, error)
    throw error
  }
}

/** A proof is for one method and one URL, and for one access token where there is one. */
function checkPurpose(
  { htm, htu, ath }: Proof['claims'],
  thumbprint: string,
  { method, url, bound }: ProvenRequest,
): void {
  if (htm !== method) throw invalidProof('htm_mismatch')
  const target = typeof htu === 'string' ? comparable(htu) : null
  if (target === null || target !== comparable(url)) throw invalidProof('htu_mismatch')
  if (bound === undefined) return
  if (ath !== hash('sha256', bound.accessToken, 'base64url')) throw invalidProof('ath_mismatch')
  if (thumbprint !== bound.keyThumbprint) throw invalidProof('key_mismatch')
}

/** Null for what is no URL of the web. Spec: RFC 9449 section 4.3 point 9, RFC 3986 section 6.2. */
function comparable(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  url.search = ''
  url.hash = ''
  return url.href
}

/**
 * A nonce and the client's clock are two ways to prove an age; either will do. So no honest client
 * fails because its clock is wrong, and those whose clock is right need no second request.
 * Null when neither proves that the proof is young, and when the nonce is not ours.
 */
function freshnessOf(
  iat: number,
  nonce: string | undefined,
  nonces: DpopNonces,
  now: UnixSeconds,
): Freshness | null {
  const issuedAt = nonce === undefined ? null : nonces.issuedAt(nonce)
  if (nonce !== undefined && issuedAt === null) return null
  const young = [
    youngSince(iat as UnixSeconds, AGE_SECONDS, now),
    issuedAt === null ? null : youngSince(issuedAt, NONCE_SECONDS, now),
  ].filter((one) => one !== null)
  if (young.length === 0) return null
  return {
    since: Math.max(...young.map(({ since }) => since)) as UnixSeconds,
    until: Math.max(...young.map(({ until }) => until)) as UnixSeconds,
  }
}

function youngSince(since: UnixSeconds, length: Seconds, now: UnixSeconds): Freshness | null {
  const until = after(since, length)
  return since <= after(now, AHEAD_SECONDS) && now < until ? { since, until } : null
}

/** `reason` is one of a closed set of codes, safe inside a quoted string. */
export function invalidProof(reason: string, cause?: unknown): MapaeError {
  const challenge = dpopChallenge('invalid_dpop_proof', reason)
  return new MapaeError('invalid_dpop_proof', { members: { reason }, challenge, cause })
}

const ALGORITHMS = `algs="${clientSignatureAlgorithms.join(' ')}"`

/** Where DPoP may be used, and nothing is wrong yet. Spec: RFC 9449 section 7.1. */
export const DPOP_OFFER = `DPoP ${ALGORITHMS}`

/** What `WWW-Authenticate` says. Spec: RFC 9449 section 7.1. */
export function dpopChallenge(error: string, reason?: string): string {
  const description = reason === undefined ? '' : ` error_description="${reason}",`
  return `DPoP error="${error}",${description} ${ALGORITHMS}`
}

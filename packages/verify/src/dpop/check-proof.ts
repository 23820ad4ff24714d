import {
  createProofVerifier,
  OptionError,
  TokenError,
  type Algorithm,
  type Proof,
} from '@mapae/jwt'

import type { IncomingRequest } from '../credentials.ts'
import { asDpop, refuse, refuseFor, type Refusal } from '../refusal.ts'
import { createNonces, toBase64url } from './nonces.ts'
import { ReplaySet } from './replay-set.ts'

/** How proofs of possession are checked. Spec: RFC 9449. */
export interface DpopOptions {
  /** Oldest proof accepted, 5 to 600. Default 60. */
  readonly maxAgeSeconds?: number | undefined
  /** Used proofs remembered, 16 to 1,048,576. Default 65,536, some 10 MiB when full. */
  readonly maxProofs?: number | undefined
  /** Ask for a nonce in every proof. Default false. */
  readonly requireNonce?: boolean | undefined
  /** At least 32 bytes, the same in all processes that serve one API. Default: random. */
  readonly nonceSecret?: Uint8Array | undefined
}

/** Checks the proof of a request against its token and the key that the token is bound to. */
export type CheckProof = (
  request: IncomingRequest,
  accessToken: string,
  keyThumbprint: string,
) => Promise<Refusal | undefined>

/** In the order in which clients should think of them. */
export const DPOP_ALGORITHMS: readonly Algorithm[] = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256']

/** The clock of a client may be ahead by so much. */
const aheadSeconds = 10
const longestIdentifier = 256

/**
 * `publicUrl` is what clients call: the request itself only says where it arrived, and its Host
 * header is whatever its sender wrote there.
 *
 * Spec: RFC 9449 §4.3 and §7.1. Errors ({@link OptionError}): `option_invalid`.
 */
export function createCheckProof(
  publicUrl: string,
  options: DpopOptions,
  clock: () => number,
): CheckProof {
  const maxAgeSeconds = options.maxAgeSeconds ?? 60
  const maxProofs = options.maxProofs ?? 65_536
  if (!(maxAgeSeconds >= 5 && maxAgeSeconds <= 600)) {
    throw new OptionError('option_invalid', 'dpop.maxAgeSeconds')
  }
  if (!(Number.isInteger(maxProofs) && maxProofs >= 16 && maxProofs <= 1_048_576)) {
    throw new OptionError('option_invalid', 'dpop.maxProofs')
  }
  const used = new ReplaySet(maxProofs)
  const nonces = options.requireNonce ? createNonces(options.nonceSecret, clock) : undefined
  const verify = createProofVerifier({ typ: 'dpop+jwt', algorithms: DPOP_ALGORITHMS })

  return async (request, accessToken, keyThumbprint) => {
    if (request.dpop === undefined) return refuseProof('proof_missing')
    let proof: Proof
    try {
      proof = await verify(request.dpop)
    } catch (error) {
      if (error instanceof TokenError) return asDpop(refuseFor('invalid_dpop_proof', error))
      throw error
    }
    if (proof.thumbprint !== keyThumbprint) return asDpop(refuse('invalid_token', 'wrong_key'))
    const { jti, htm, htu, iat, ath, nonce } = proof.claims
    if (!isIdentifier(jti) || typeof htu !== 'string' || typeof iat !== 'number') {
      return refuseProof('proof_claims')
    }
    if (htm !== request.method) return refuseProof('wrong_method')
    if (!isSameUrl(htu, publicUrl, request.url)) return refuseProof('wrong_url')
    if (ath !== (await digest(accessToken))) return refuseProof('wrong_token')
    if (nonces !== undefined && !(typeof nonce === 'string' && (await nonces.accepts(nonce)))) {
      return asDpop(refuse('use_dpop_nonce', 'nonce_required'), await nonces.current())
    }
    const now = clock()
    const oldest = now - maxAgeSeconds
    if (iat < oldest || iat > now + aheadSeconds) return refuseProof('proof_expired')
    // The last step, and one that nobody else can come between: whoever gets here has used it.
    if (!used.use(`${keyThumbprint} ${jti}`, iat, oldest)) return refuseProof('proof_replayed')
    return undefined
  }
}

function refuseProof(reason: Parameters<typeof refuse>[1]): Refusal {
  return asDpop(refuse('invalid_dpop_proof', reason))
}

function isIdentifier(jti: unknown): jti is string {
  return typeof jti === 'string' && jti.length > 0 && jti.length <= longestIdentifier
}

/** Query and fragment do not count; the rest is compared as URLs are. Spec: RFC 9449 §4.3 point 9. */
function isSameUrl(htu: string, publicUrl: string, requestUrl: string): boolean {
  // Node hands on whatever stood in the request line, which may be no path at all.
  const isPath = requestUrl.startsWith('/')
  if (!URL.canParse(htu) || !(isPath || URL.canParse(requestUrl))) return false
  const proven = new URL(htu)
  const path = isPath ? requestUrl : new URL(requestUrl).pathname
  const wanted = publicUrl.replace(/\/$/, '') + path
  if (!URL.canParse(wanted) || proven.username !== '' || proven.password !== '') return false
  const { origin, pathname } = new URL(wanted)
  return proven.origin === origin && proven.pathname === pathname
}

async function digest(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

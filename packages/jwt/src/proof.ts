import { factsOf, isAlgorithm, type Algorithm } from './algorithms.ts'
import { checkClaimTypes } from './claims.ts'
import { KeyError, OptionError, TokenError } from './errors.ts'
import { thumbprint } from './export-key.ts'
import { checkHeader, normaliseTyp } from './header.ts'
import { importPublicJwk } from './import-public-jwk.ts'
import type { Jwk } from './jwk.ts'
import { Key } from './key.ts'
import { checkOptionNames } from './option-names.ts'
import type { JsonObject } from './strict-json.ts'
import { checkMaxTokenLength, findSecondDot, parsePart } from './token-parts.ts'
import { checkSignatureAsync } from '#platform'

/** A proof whose signature is good under the key that it carries: its bearer holds that key. */
export interface Proof {
  /** Frozen. None of them was checked but for the types of those that the standards define. */
  readonly claims: Readonly<JsonObject>
  readonly key: Key
  /** Of that key, as `cnf.jkt` has it. Spec: RFC 7638, RFC 9449 §6.1. */
  readonly thumbprint: string
}

export interface ProofVerifierOptions {
  /** The type in the header, such as `dpop+jwt`. */
  readonly typ: string
  /** The algorithms accepted; none with a secret. */
  readonly algorithms: readonly Algorithm[]
  /** Longest proof read, in characters. Default 8,192. */
  readonly maxTokenLength?: number | undefined
}

interface ProofHeader {
  readonly key: Key
  readonly thumbprint: string
}

/** A client proves with one key for as long as it lives. */
const headersRemembered = 256

/**
 * Make a verifier of proofs of possession: tokens that carry their own public key. A proof says
 * nothing about who made it. Compare its thumbprint with one that somebody vouches for, and check
 * its claims; neither is done here.
 *
 * Spec: RFC 9449 §4.2 and §4.3 (points 1 to 7), RFC 7515 §4.1.3.
 * Errors: {@link OptionError} here. From the verifier {@link TokenError}: those of form and JSON,
 * `typ_mismatch`, `alg_unsupported`, `header_invalid` (no usable key), `header_refused` (a private
 * key, or another way to name one), `claim_invalid`, `signature_invalid`.
 */
export function createProofVerifier(
  options: ProofVerifierOptions,
): (proof: string) => Promise<Proof> {
  checkOptionNames(options, ['typ', 'algorithms', 'maxTokenLength'], 'options')
  const { algorithms } = options
  if (typeof options.typ !== 'string' || options.typ === '') {
    throw new OptionError('option_required', 'typ')
  }
  const typ = normaliseTyp(options.typ)
  const isUsable = (alg: unknown) => isAlgorithm(alg) && factsOf(alg).kty !== 'oct'
  if (!Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every(isUsable)) {
    throw new OptionError('option_invalid', 'algorithms')
  }
  const maxTokenLength = checkMaxTokenLength(options.maxTokenLength)
  const known = new Map<string, ProofHeader>()

  const readHeader = async (text: string): Promise<ProofHeader> => {
    const header = parsePart(text, false)
    const jwk = Object.hasOwn(header, 'jwk') ? header['jwk'] : undefined
    delete header['jwk']
    const { typ: named, alg } = checkHeader(header)
    if (named === undefined || normaliseTyp(named) !== typ) {
      throw new TokenError('typ_mismatch', 'typ')
    }
    if (!isAlgorithm(alg) || !algorithms.includes(alg)) {
      throw new TokenError('alg_unsupported', 'alg')
    }
    const key = await readKey(alg, jwk)
    return { key, thumbprint: await thumbprint.async(key) }
  }

  return async (proof) => {
    if (typeof proof !== 'string') throw new TokenError('token_malformed')
    if (proof.length > maxTokenLength) throw new TokenError('token_too_long')
    const firstDot = proof.indexOf('.')
    const secondDot = findSecondDot(proof, firstDot)
    const text = proof.slice(0, firstDot)
    const header = known.get(text) ?? (await readHeader(text))
    const failure = await checkSignatureAsync(Key.materialOf(header.key), proof, secondDot)
    if (failure !== undefined) throw new TokenError(failure)
    remember(known, text, header)
    const claims = parsePart(proof.slice(firstDot + 1, secondDot), true)
    checkClaimTypes(claims)
    return { claims, ...header }
  }
}

async function readKey(alg: Algorithm, jwk: unknown): Promise<Key> {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new TokenError('header_invalid', 'jwk')
  }
  try {
    return await importPublicJwk.async({ alg, jwk: jwk as Jwk })
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    const isPrivate = error.code === 'key_private_refused'
    throw new TokenError(isPrivate ? 'header_refused' : 'header_invalid', 'jwk')
  }
}

/** Newest last; the oldest falls out. */
function remember(known: Map<string, ProofHeader>, text: string, header: ProofHeader): void {
  known.delete(text)
  known.set(text, header)
  if (known.size <= headersRemembered) return
  for (const oldest of known.keys()) {
    known.delete(oldest)
    return
  }
}

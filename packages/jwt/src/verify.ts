import type { Claims } from './claims.ts'
import { OptionError, TokenError } from './errors.ts'
import { checkHeader, normaliseTyp } from './header.ts'
import { Key } from './key.ts'
import { readAlgorithm, toKeyProvider, type KeyProvider } from './key-set.ts'
import { checkClaims, checkPolicy, type Policy, type PolicyOptions } from './policy.ts'
import { checkMaxTokenLength, findSecondDot, parsePart } from './token-parts.ts'
import { checkSignature, checkSignatureAsync, hasSync } from '#platform'

export interface VerifierOptions extends PolicyOptions {
  /** One key, several, a key set, or remote keys. */
  readonly keys: Key | readonly Key[] | KeyProvider
  /** Longest token read, in characters, 16 to 1,048,576. Default 8,192. */
  readonly maxTokenLength?: number | undefined
}

/** Verifies tokens against one policy. */
export interface Verifier {
  /** Returns the frozen claims, or throws a {@link TokenError}. */
  (token: string): Claims
  /** The same for remote keys and for runtimes with WebCrypto only. */
  async(token: string): Promise<Claims>
}

/**
 * Make a verifier. What it accepts is settled here: nothing in a token chooses an algorithm or a key.
 *
 * Spec: RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3.
 * Errors: {@link OptionError} and {@link KeyError} here; {@link TokenError} from the verifier;
 * `sync_unavailable` ({@link OptionError}) when called without `.async` where that is needed.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  if (typeof options !== 'object' || options === null)
    throw new OptionError('option_required', 'options')
  const keys = toKeyProvider(options.keys)
  const policy = checkPolicy(options)
  const maxTokenLength = checkMaxTokenLength(options.maxTokenLength)
  const headers = createHeaderReader(keys, policy.typ)
  const syncPossible = hasSync && keys.refresh === undefined

  const open = (token: unknown): token is string => {
    if (typeof token !== 'string') throw new TokenError('token_malformed')
    if (token.length > maxTokenLength) throw new TokenError('token_too_long')
    return true
  }

  const verify = (token: string): Claims => {
    if (!syncPossible) throw new OptionError('sync_unavailable', 'keys')
    open(token)
    const firstDot = token.indexOf('.')
    const secondDot = findSecondDot(token, firstDot)
    const header = headers.read(token, firstDot)
    const failure = checkSignature(Key.materialOf(header.key), token, secondDot)
    if (failure !== undefined) throw new TokenError(failure)
    headers.remember(header)
    return checkClaims(policy, parsePart(token.slice(firstDot + 1, secondDot), true))
  }

  const verifyAsync = async (token: string): Promise<Claims> => {
    open(token)
    const firstDot = token.indexOf('.')
    const secondDot = findSecondDot(token, firstDot)
    const header = await headers.readFresh(token, firstDot)
    const failure = await checkSignatureAsync(Key.materialOf(header.key), token, secondDot)
    if (failure !== undefined) throw new TokenError(failure)
    headers.remember(header)
    return checkClaims(policy, parsePart(token.slice(firstDot + 1, secondDot), true))
  }

  return Object.assign(verify, { async: verifyAsync })
}

interface ReadHeader {
  /** The encoded header with its dot. */
  readonly text: string
  readonly key: Key
  readonly epoch: number
}

const headersRemembered = 8

/** Reads headers, and knows again those whose signature was good, by their first characters. */
function createHeaderReader(keys: KeyProvider, typ: Policy['typ']) {
  let known: ReadHeader[] = []

  const recall = (token: string): ReadHeader | undefined => {
    for (const header of known)
      if (token.startsWith(header.text)) return header.epoch === keys.epoch ? header : undefined
    return undefined
  }

  const parse = (token: string, firstDot: number) => {
    const header = checkHeader(parsePart(token.slice(0, firstDot), false))
    if (header.typ === undefined || normaliseTyp(header.typ) !== typ)
      throw new TokenError('typ_mismatch', 'typ')
    return { alg: readAlgorithm(header.alg), kid: header.kid, text: token.slice(0, firstDot + 1) }
  }

  return {
    read(token: string, firstDot: number): ReadHeader {
      const header = recall(token)
      if (header !== undefined) return header
      const { alg, kid, text } = parse(token, firstDot)
      return { text, key: keys.find(alg, kid), epoch: keys.epoch }
    },
    async readFresh(token: string, firstDot: number): Promise<ReadHeader> {
      const header = recall(token)
      if (header !== undefined) return header
      const { alg, kid, text } = parse(token, firstDot)
      await keys.refresh?.(kid)
      return { text, key: keys.find(alg, kid), epoch: keys.epoch }
    },
    remember(header: ReadHeader): void {
      if (known.includes(header)) return
      known = [header, ...known.filter((old) => old.epoch === header.epoch)].slice(
        0,
        headersRemembered,
      )
    },
  }
}

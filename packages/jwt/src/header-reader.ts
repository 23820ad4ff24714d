import { isAlgorithm, type Algorithm } from './algorithms.ts'
import { TokenError } from './errors.ts'
import { checkHeader, normaliseTyp } from './header.ts'
import type { Key } from './key.ts'
import type { KeyProvider } from './key-set.ts'
import { parsePart } from './token-parts.ts'

/** A header that was read, and the key it stands for. */
export interface ReadHeader {
  /** The encoded header with its dot. */
  readonly text: string
  readonly kid: string | undefined
  readonly key: Key
  readonly epoch: number
}

interface ParsedHeader {
  readonly text: string
  readonly alg: Algorithm
  readonly kid: string | undefined
}

const headersRemembered = 8

/**
 * @internal Reads headers, and knows again by their first characters those whose signature was
 * good: comparing costs a tenth of decoding. They are forgotten when the keys change.
 */
export function createHeaderReader(keys: KeyProvider, typ: string | false) {
  let known: readonly ReadHeader[] = []

  const recall = (token: string): ReadHeader | undefined => {
    const { epoch } = keys
    for (const header of known) {
      const isSame = token.slice(0, header.text.length) === header.text
      if (isSame && header.epoch === epoch) return header
    }
    return undefined
  }

  const parse = (token: string, firstDot: number): ParsedHeader => {
    const header = checkHeader(parsePart(token.slice(0, firstDot), false))
    // Own members only: what somebody put into Object.prototype is not in the token.
    const named = Object.hasOwn(header, 'typ') && normaliseTyp(header.typ!)
    if (named !== typ && (typ !== false || named !== 'jwt')) {
      throw new TokenError('typ_mismatch', 'typ')
    }
    const kid = Object.hasOwn(header, 'kid') ? header.kid : undefined
    if (!isAlgorithm(header.alg)) throw new TokenError('alg_unsupported', 'alg')
    return { alg: header.alg, kid, text: token.slice(0, firstDot + 1) }
  }

  const resolve = ({ text, alg, kid }: ParsedHeader): ReadHeader => {
    const key = keys.find(alg, kid)
    // A provider is trusted to find keys, not to overrule what a key is for.
    if (key.alg !== alg) throw new TokenError('alg_mismatch', 'alg')
    return { text, kid, key, epoch: keys.epoch }
  }

  return {
    read(token: string, firstDot: number): ReadHeader {
      return recall(token) ?? resolve(parse(token, firstDot))
    },
    async readFresh(token: string, firstDot: number): Promise<ReadHeader> {
      const header = recall(token)
      if (header !== undefined) return header
      const parsed = parse(token, firstDot)
      await keys.refresh?.(parsed.kid)
      return resolve(parsed)
    },
    remember(header: ReadHeader): void {
      if (known.includes(header)) return
      const current = known.filter((old) => old.epoch === header.epoch && old.text !== header.text)
      known = [header, ...current].slice(0, headersRemembered)
    },
  }
}

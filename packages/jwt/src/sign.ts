import { encodeBase64url } from './base64url.ts'
import { checkClaimTypes, type ClaimsToSign } from './claims.ts'
import { KeyError, OptionError, TokenError } from './errors.ts'
import { Key } from './key.ts'
import { checkOptionNames } from './option-names.ts'
import type { JsonObject } from './strict-json.ts'
import { checkMaxTokenLength } from './token-parts.ts'
import { hasSync, signToken, signTokenAsync } from '#platform'

export interface SignerOptions {
  /** A private or secret key; its `kid`, if it has one, goes into the header. */
  readonly key: Key
  /** The type in the header, such as `at+jwt`. Spec: RFC 8725 §3.11. */
  readonly typ: string
  /** Longest token made, in characters. Default 8,192, which is what verifiers read by default. */
  readonly maxTokenLength?: number | undefined
  /**
   * `omitted` signs claims that have no `exp`, and refuses those that have one: for security event
   * tokens, which state facts and open nothing. Spec: RFC 8417 §2.2. Default `required`.
   */
  readonly expiry?: 'required' | 'omitted' | undefined
}

/** Signs claims with one key, as one type of token. */
export interface Signer {
  /** Returns the compact token, or throws a {@link TokenError} for claims every verifier would refuse. */
  (claims: ClaimsToSign): string
  /** The same for runtimes with WebCrypto only. */
  async(claims: ClaimsToSign): Promise<string>
}

/**
 * Make a signer. The header is settled here: `alg`, `typ`, `kid`.
 *
 * Spec: RFC 7515 §5.1, RFC 7519 §7.1.
 * Errors: `key_not_private` ({@link KeyError}), {@link OptionError}; from the signer `claim_invalid`,
 * `claim_missing` and `token_too_long` ({@link TokenError}).
 */
export function createSigner(options: SignerOptions): Signer {
  checkOptionNames(options, ['key', 'typ', 'maxTokenLength', 'expiry'], 'options')
  const { key, typ, expiry = 'required' } = options
  if (key === undefined) throw new OptionError('option_required', 'key')
  if (!Key.is(key)) throw new OptionError('option_invalid', 'key')
  if (key.kind === 'public') throw new KeyError('key_not_private')
  if (typ === undefined) throw new OptionError('option_required', 'typ')
  if (typeof typ !== 'string' || typ === '') throw new OptionError('option_invalid', 'typ')
  if (expiry !== 'required' && expiry !== 'omitted') {
    throw new OptionError('option_invalid', 'expiry')
  }
  const maxTokenLength = checkMaxTokenLength(options.maxTokenLength)
  const material = Key.materialOf(key)
  const header = JSON.stringify({ alg: key.alg, typ, kid: key.kid })
  const start = `${encodeBase64url(new TextEncoder().encode(header))}.`

  const sign = (claims: ClaimsToSign): string => {
    if (!hasSync) throw new OptionError('sync_unavailable', 'key')
    return checkLength(signToken(material, start, serialise(claims, expiry, maxTokenLength)))
  }

  const signAsync = async (claims: ClaimsToSign): Promise<string> =>
    checkLength(await signTokenAsync(material, start, serialise(claims, expiry, maxTokenLength)))

  const checkLength = (token: string): string => {
    if (token.length > maxTokenLength) throw new TokenError('token_too_long')
    return token
  }

  return Object.assign(sign, { async: signAsync })
}

/** JSON.stringify escapes surrogates only where they are alone; a backslash in a text is doubled. */
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

/** Claims as JSON, refused where a strict verifier would refuse them. */
function serialise(
  claims: ClaimsToSign,
  expiry: 'required' | 'omitted',
  maxLength: number,
): string {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new TokenError('json_not_object')
  }
  const hasExpiry = claims.exp !== undefined
  if (expiry === 'required' && !hasExpiry) throw new TokenError('claim_missing', 'exp')
  if (expiry === 'omitted' && hasExpiry) throw new TokenError('claim_invalid', 'exp')
  checkClaimTypes(claims as unknown as JsonObject)
  const json = stringify(claims)
  if (json.length > maxLength) throw new TokenError('token_too_long')
  if (json.includes('\\ud') && loneSurrogate.test(json)) throw new TokenError('json_lone_surrogate')
  return json
}

/** Numbers too big for JSON, circles and `toJSON` that answers with no object are refused too. */
function stringify(claims: ClaimsToSign): string {
  let json: string | undefined
  try {
    json = JSON.stringify(claims)
  } catch {
    throw new TokenError('claim_invalid')
  }
  if (json?.[0] !== '{') throw new TokenError('json_not_object')
  return json
}

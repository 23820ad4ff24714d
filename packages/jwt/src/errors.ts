/** Every reason a token is refused, with the constant text shown for it. The union of codes is closed. */
const tokenMessages = {
  token_malformed: 'not a compact JWS: three non-empty parts are required',
  token_too_long: 'the token is longer than the configured limit',
  encoding_invalid: 'a part of the token is not canonical base64url',
  utf8_invalid: 'a part of the token is not valid UTF-8',
  json_invalid: 'a part of the token is not valid JSON',
  json_not_object: 'a part of the token is not a JSON object',
  json_duplicate_member: 'a part of the token has a duplicate member',
  json_too_deep: 'a part of the token is nested too deeply',
  json_forbidden_member: 'a part of the token has a member named __proto__',
  json_lone_surrogate: 'a part of the token has a lone surrogate in a string',
  header_invalid: 'a header parameter has the wrong type',
  header_refused: 'the header carries a key, a URL or an encoding that is never accepted',
  crit_unsupported: 'the header lists critical extensions',
  typ_mismatch: 'the token is of another type',
  alg_unsupported: 'the algorithm is not one this library has',
  alg_mismatch: 'the algorithm is not the one the key is for',
  key_unknown: 'no key fits the header',
  key_ambiguous: 'the header names no key and several would fit',
  keys_unavailable: 'the remote key set cannot be read',
  signature_length: 'the signature does not have the length the algorithm requires',
  signature_invalid: 'the signature is not valid',
  claim_invalid: 'a claim has the wrong type',
  claim_missing: 'a required claim is missing',
  issuer_mismatch: 'the token is from another issuer',
  audience_mismatch: 'the token is for another audience',
  audience_unexpected: 'the token has an audience where none is allowed',
  expired: 'the token has expired',
  not_yet_valid: 'the token is not valid yet',
  too_old: 'the token is older than allowed',
  issued_in_future: 'the token was issued in the future',
} as const

/** Why a token was refused. */
export type TokenErrorCode = keyof typeof tokenMessages

/** Every code a {@link TokenError} can carry. */
export const tokenErrorCodes = Object.keys(tokenMessages) as readonly TokenErrorCode[]

/** A token was refused (or, from a signer, would be refused by every verifier). */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  /** The claim or header parameter at fault, where there is one. Never its value. */
  readonly member: string | undefined

  constructor(code: TokenErrorCode, member?: string) {
    super(member === undefined ? tokenMessages[code] : `${tokenMessages[code]}: ${member}`)
    this.code = code
    this.member = member
  }
}

const keyMessages = {
  key_source_invalid: 'exactly one of jwk, pem, secret and keyObject is required',
  key_alg_unsupported: 'the algorithm is missing, unknown, or not available in this runtime',
  key_alg_mismatch: 'the key says it is for another algorithm',
  key_type_mismatch: 'the key is of a type the algorithm cannot use',
  key_curve_mismatch: 'the key is on another curve than the algorithm requires',
  key_kind_mismatch: 'a public, private or secret key was asked for and another kind was given',
  key_private_refused: 'a private key was given where only a public one belongs',
  key_not_private: 'a private or secret key is required',
  key_use_mismatch: 'use says the key is not for signatures',
  key_ops_mismatch: 'key_ops does not allow what the key would be used for',
  key_member_missing: 'a required member is missing',
  key_member_invalid: 'a member has the wrong type or is not canonical',
  key_point_invalid: 'the public point is not on the curve or has low order',
  key_pair_mismatch: 'the private part does not belong to the public part',
  key_invalid: 'the key cannot be read',
  key_pem_unsupported: 'only one PUBLIC KEY (SPKI) or PRIVATE KEY (PKCS #8) block is read',
  key_rsa_too_short: 'the RSA modulus is shorter than 2,048 bits',
  key_rsa_too_long: 'the RSA modulus is longer than 8,192 bits',
  key_rsa_exponent: 'the RSA exponent must be odd, at least 3 and at most 2^32',
  key_secret_too_short: 'the secret is shorter than the hash of the algorithm',
  key_secret_is_key: 'the secret is the text or the DER bytes of another key',
  key_kid_invalid: 'kid must be a non-empty string, the same wherever it is given',
  key_duplicate: 'two keys have the same kid and alg',
  key_not_extractable: 'the key cannot be exported',
} as const

/** Why a key was refused. */
export type KeyErrorCode = keyof typeof keyMessages

/** Every code a {@link KeyError} can carry. */
export const keyErrorCodes = Object.keys(keyMessages) as readonly KeyErrorCode[]

/** A key was refused at import, or where it was about to be used. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  /** The member at fault, where there is one. Never its value. */
  readonly member: string | undefined

  constructor(code: KeyErrorCode, member?: string) {
    super(member === undefined ? keyMessages[code] : `${keyMessages[code]}: ${member}`)
    this.code = code
    this.member = member
  }
}

const optionMessages = {
  option_required: 'a required option is missing',
  option_invalid: 'an option has the wrong type or is out of range',
  option_unknown: 'there is no such option',
  sync_unavailable:
    'this runtime has no synchronous cryptography (or the keys are remote): use .async',
} as const

/** Why a signer, verifier or key source could not be made or called this way. */
export type OptionErrorCode = keyof typeof optionMessages

/** A mistake of the program, not of a token: thrown when something is constructed or miscalled. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError'
  readonly code: OptionErrorCode
  /** The option at fault. */
  readonly option: string

  constructor(code: OptionErrorCode, option: string) {
    super(`${optionMessages[code]}: ${option}`)
    this.code = code
    this.option = option
  }
}

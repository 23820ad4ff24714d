import { explain } from '#platform'

/** Every code a {@link TokenError} can carry. */
export const tokenErrorCodes = [
  'token_malformed',
  'token_too_long',
  'encoding_invalid',
  'utf8_invalid',
  'json_invalid',
  'json_not_object',
  'json_duplicate_member',
  'json_too_deep',
  'json_forbidden_member',
  'json_lone_surrogate',
  'header_invalid',
  'header_refused',
  'crit_unsupported',
  'typ_mismatch',
  'alg_unsupported',
  'alg_mismatch',
  'key_unknown',
  'key_ambiguous',
  'keys_unavailable',
  'signature_length',
  'signature_invalid',
  'claim_invalid',
  'claim_missing',
  'issuer_mismatch',
  'audience_mismatch',
  'audience_unexpected',
  'expired',
  'not_yet_valid',
  'too_old',
  'issued_in_future',
] as const

/** Why a token was refused. */
export type TokenErrorCode = (typeof tokenErrorCodes)[number]

/** A token was refused (or, from a signer, would be refused by every verifier). */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  /** The claim or header parameter at fault, where there is one. Never its value. */
  readonly member: string | undefined

  constructor(code: TokenErrorCode, member?: string) {
    super(explain(code, member))
    this.code = code
    this.member = member
  }
}

/** Every code a {@link KeyError} can carry. */
export const keyErrorCodes = [
  'key_source_invalid',
  'key_alg_unsupported',
  'key_alg_mismatch',
  'key_type_mismatch',
  'key_curve_mismatch',
  'key_kind_mismatch',
  'key_private_refused',
  'key_not_private',
  'key_use_mismatch',
  'key_ops_mismatch',
  'key_member_missing',
  'key_member_invalid',
  'key_point_invalid',
  'key_pair_mismatch',
  'key_invalid',
  'key_pem_unsupported',
  'key_rsa_too_short',
  'key_rsa_too_long',
  'key_rsa_exponent',
  'key_secret_too_short',
  'key_secret_is_key',
  'key_kid_invalid',
  'key_duplicate',
  'key_not_extractable',
] as const

/** Why a key was refused. */
export type KeyErrorCode = (typeof keyErrorCodes)[number]

/** A key was refused at import, or where it was about to be used. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  /** The member at fault, where there is one. Never its value. */
  readonly member: string | undefined

  constructor(code: KeyErrorCode, member?: string) {
    super(explain(code, member))
    this.code = code
    this.member = member
  }
}

/** Every code an {@link OptionError} can carry. */
export const optionErrorCodes = [
  'option_required',
  'option_invalid',
  'option_unknown',
  'sync_unavailable',
] as const

/** Why a signer, verifier or key source could not be made or called this way. */
export type OptionErrorCode = (typeof optionErrorCodes)[number]

/** A mistake of the program, not of a token: thrown when something is constructed or miscalled. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError'
  readonly code: OptionErrorCode
  /** The option at fault. */
  readonly option: string

  constructor(code: OptionErrorCode, option: string) {
    super(explain(code, option))
    this.code = code
    this.option = option
  }
}

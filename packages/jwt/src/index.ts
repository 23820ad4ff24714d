export { algorithms, isAlgorithm, type Algorithm, type AlgorithmFacts } from './algorithms.ts'
export type { Claims, ClaimsToSign } from './claims.ts'
export { decodeUnverified, type UnverifiedToken } from './decode-unverified.ts'
export {
  KeyError,
  keyErrorCodes,
  OptionError,
  optionErrorCodes,
  TokenError,
  tokenErrorCodes,
  type KeyErrorCode,
  type OptionErrorCode,
  type TokenErrorCode,
} from './errors.ts'
export { exportJwk, generateKey, thumbprint } from './export-key.ts'
export type { Header } from './header.ts'
export { importKey, publicKeyOf, type KeySource } from './import-key.ts'
export { importPublicJwk, type PublicJwkSource } from './import-public-jwk.ts'
export type { Jwk, KeyKind } from './jwk.ts'
export type { Key } from './key.ts'
export { createKeySet, type KeyProvider, type KeySet } from './key-set.ts'
export { NO_AUDIENCE, UNTYPED, type PolicyOptions } from './policy.ts'
export { createProofVerifier, type Proof, type ProofVerifierOptions } from './proof.ts'
export { createRemoteKeys, type RemoteKeys, type RemoteKeysOptions } from './remote-keys.ts'
export { createSigner, type Signer, type SignerOptions } from './sign.ts'
export { createTokenCache, type TokenCache, type TokenCacheOptions } from './token-cache.ts'
export { createVerifier, type Verifier, type VerifierOptions } from './verify.ts'

/** Everything known about an algorithm. */
export interface AlgorithmFacts {
  /** JWK key type (RFC 7518 §6, RFC 8037, RFC 9964). */
  readonly kty: 'oct' | 'RSA' | 'EC' | 'OKP' | 'AKP'
  /** How the signature is made. */
  readonly family: 'hmac' | 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'eddsa' | 'ml-dsa'
  /** Hash in bits; 0 where the algorithm has its own. */
  readonly hashBits: 0 | 256 | 384 | 512
  /** JWK curve, where there is one. */
  readonly curve?: string
  /** Signature length; 0 where the modulus decides. */
  readonly signatureBytes: number
  /** Length of a coordinate or of a raw public key. */
  readonly publicBytes?: number
}

/**
 * The algorithms, and nothing else: no `none`, no encryption.
 * Spec: RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2 (`Ed25519`), RFC 9964 (ML-DSA).
 */
export const algorithms = {
  HS256: { kty: 'oct', family: 'hmac', hashBits: 256, signatureBytes: 32 },
  HS384: { kty: 'oct', family: 'hmac', hashBits: 384, signatureBytes: 48 },
  HS512: { kty: 'oct', family: 'hmac', hashBits: 512, signatureBytes: 64 },
  RS256: { kty: 'RSA', family: 'rsa-pkcs1', hashBits: 256, signatureBytes: 0 },
  RS384: { kty: 'RSA', family: 'rsa-pkcs1', hashBits: 384, signatureBytes: 0 },
  RS512: { kty: 'RSA', family: 'rsa-pkcs1', hashBits: 512, signatureBytes: 0 },
  PS256: { kty: 'RSA', family: 'rsa-pss', hashBits: 256, signatureBytes: 0 },
  PS384: { kty: 'RSA', family: 'rsa-pss', hashBits: 384, signatureBytes: 0 },
  PS512: { kty: 'RSA', family: 'rsa-pss', hashBits: 512, signatureBytes: 0 },
  ES256: {
    kty: 'EC',
    family: 'ecdsa',
    hashBits: 256,
    curve: 'P-256',
    signatureBytes: 64,
    publicBytes: 32,
  },
  ES384: {
    kty: 'EC',
    family: 'ecdsa',
    hashBits: 384,
    curve: 'P-384',
    signatureBytes: 96,
    publicBytes: 48,
  },
  ES512: {
    kty: 'EC',
    family: 'ecdsa',
    hashBits: 512,
    curve: 'P-521',
    signatureBytes: 132,
    publicBytes: 66,
  },
  EdDSA: {
    kty: 'OKP',
    family: 'eddsa',
    hashBits: 0,
    curve: 'Ed25519',
    signatureBytes: 64,
    publicBytes: 32,
  },
  Ed25519: {
    kty: 'OKP',
    family: 'eddsa',
    hashBits: 0,
    curve: 'Ed25519',
    signatureBytes: 64,
    publicBytes: 32,
  },
  'ML-DSA-44': {
    kty: 'AKP',
    family: 'ml-dsa',
    hashBits: 0,
    signatureBytes: 2420,
    publicBytes: 1312,
  },
  'ML-DSA-65': {
    kty: 'AKP',
    family: 'ml-dsa',
    hashBits: 0,
    signatureBytes: 3309,
    publicBytes: 1952,
  },
  'ML-DSA-87': {
    kty: 'AKP',
    family: 'ml-dsa',
    hashBits: 0,
    signatureBytes: 4627,
    publicBytes: 2592,
  },
} as const satisfies Record<string, AlgorithmFacts>

/** The name of an algorithm, as it stands in the `alg` header. */
export type Algorithm = keyof typeof algorithms

/** Whether text names an algorithm this library has. Spec: RFC 7518 §3.1. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

export function factsOf(algorithm: Algorithm): AlgorithmFacts {
  return algorithms[algorithm]
}

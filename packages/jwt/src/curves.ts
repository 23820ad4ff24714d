interface Curve {
  readonly prime: bigint
  readonly b: bigint
  readonly order: bigint
}

/** The curves of ECDSA; all have a = -3 and prime order. Spec: SP 800-186 §3.2.1. */
const curves: Readonly<Record<string, () => Curve>> = {
  'P-256': () => ({
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    order: 2n ** 256n - 2n ** 224n + 2n ** 192n - 0x4319055258e8617b0c46353d039cdaafn,
  }),
  'P-384': () => ({
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    order: 2n ** 384n - 0x389cb27e0bc8d220a7e5f24db74f58851313e695333ad68dn,
  }),
  'P-521': () => ({
    prime: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    order: 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
  }),
}

/**
 * Whether two coordinates are a point of the curve. Not every runtime checks this when it imports
 * a JWK. Spec: SP 800-56A §5.6.2.3.3.
 */
export function isCurvePoint(name: string, xBytes: Uint8Array, yBytes: Uint8Array): boolean {
  const { prime, b } = curves[name]!()
  const x = toNumber(xBytes)
  const y = toNumber(yBytes)
  if (x >= prime || y >= prime) return false
  return (y * y - x * x * x + 3n * x - b) % prime === 0n
}

function toNumber(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/** The order of a curve. */
export function orderOf(name: string): bigint {
  return curves[name]!().order
}

/** Whether both halves of a P1363 signature are at least 1 and below the order of the curve. */
export function isScalarPair(order: bigint, signature: Uint8Array): boolean {
  const half = signature.length / 2
  const [r, s] = [toNumber(signature.subarray(0, half)), toNumber(signature.subarray(half))]
  return r > 0n && r < order && s > 0n && s < order
}

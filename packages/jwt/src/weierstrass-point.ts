/** Field prime and constant b of the curves whose a is -3. Spec: SP 800-186 §3.2.1. */
const curves: Record<string, readonly [prime: bigint, b: bigint]> = {
  'P-256': [
    2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  ],
  'P-384': [
    2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  ],
  'P-521': [
    2n ** 521n - 1n,
    0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  ],
}

/**
 * Whether two coordinates are a point of a NIST curve; all of these have prime order.
 * Not every runtime checks this when it imports a JWK.
 * Spec: SP 800-56A §5.6.2.3.3.
 */
export function isCurvePoint(curve: string, xBytes: Uint8Array, yBytes: Uint8Array): boolean {
  const [prime, b] = curves[curve]!
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

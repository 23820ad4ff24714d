/** The orders of the curves. Spec: SP 800-186 §3.2.1. */
const orders: Record<string, string> = {
  'P-256': 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'P-384':
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  'P-521':
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
}

/** The order of a curve, big-endian and as long as half a signature. */
export function orderOf(curve: string): Uint8Array {
  return Uint8Array.from(orders[curve]!.match(/../g)!, (pair) => Number.parseInt(pair, 16))
}

/**
 * Whether both halves of a P1363 signature are at least 1 and below the order of the curve.
 * The runtimes check this too; one of them once did not (CVE-2022-21449).
 */
export function isScalarPair(order: Uint8Array, signature: Uint8Array): boolean {
  return isScalar(signature, 0, order) && isScalar(signature, order.length, order)
}

function isScalar(bytes: Uint8Array, start: number, order: Uint8Array): boolean {
  let index = 0
  while (index < order.length && bytes[start + index] === order[index]) index++
  if (index === order.length || bytes[start + index]! > order[index]!) return false
  for (let left = 0; left < order.length; left++) if (bytes[start + left] !== 0) return true
  return false
}

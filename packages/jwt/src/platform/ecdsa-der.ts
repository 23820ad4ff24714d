import { orderOf } from '../curves.ts'

/**
 * A P1363 signature as the DER that OpenSSL computes with. Asking node:crypto for P1363 instead
 * costs half of a verification again, because it derives the lengths from the key at every call.
 * Spec: RFC 3279 §2.2.3 (Ecdsa-Sig-Value), RFC 7518 §3.4.
 */
export function toDer(signature: Buffer): Buffer {
  const half = signature.length / 2
  const first = integerStart(signature, 0, half)
  const second = integerStart(signature, half, signature.length)
  const firstLength = integerLength(signature, first, half)
  const secondLength = integerLength(signature, second, signature.length)
  const body = firstLength + secondLength + 4
  // Only P-521 needs the long form of a length.
  const der = Buffer.allocUnsafe(body + (body < 0x80 ? 2 : 3))
  let offset = 0
  der[offset++] = 0x30
  if (body >= 0x80) der[offset++] = 0x81
  der[offset++] = body
  offset = writeInteger(der, offset, signature, first, half, firstLength)
  writeInteger(der, offset, signature, second, signature.length, secondLength)
  return der
}

function integerStart(bytes: Buffer, start: number, end: number): number {
  let index = start
  while (index < end - 1 && bytes[index] === 0) index++
  return index
}

/** One byte more where the first bit would make the number negative. */
function integerLength(bytes: Buffer, start: number, end: number): number {
  return end - start + (bytes[start]! >> 7)
}

function writeInteger(
  der: Buffer,
  offset: number,
  bytes: Buffer,
  start: number,
  end: number,
  length: number,
): number {
  der[offset] = 0x02
  der[offset + 1] = length
  der[offset + 2] = 0
  bytes.copy(der, offset + 2 + length - (end - start), start, end)
  return offset + 2 + length
}

/** The DER signature that OpenSSL just made, written as P1363 over all of `signature`. */
export function fromDer(der: Buffer, signature: Buffer): void {
  const half = signature.length / 2
  let offset = der[1]! < 0x80 ? 2 : 3
  for (let end = half; end <= 2 * half; end += half) {
    const start = offset + 2
    offset = start + der[offset + 1]!
    // From the last byte on, so that a leading zero byte is left out and a missing one is filled in.
    for (let index = 1; index <= half; index++) {
      signature[end - index] = offset - index < start ? 0 : der[offset - index]!
    }
  }
}

/** The order of a curve, big-endian and as long as half a signature. */
export function orderBytes(curve: string, length: number): Uint8Array {
  return Buffer.from(
    orderOf(curve)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
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

const prime = 2n ** 255n - 19n

/**
 * Whether 32 bytes encode a point of edwards25519 that is not of low order.
 * The runtimes take any 32 bytes as a key, and with a low-order one a signature can be forged that
 * verifies for many messages.
 * Spec: RFC 8032 §5.1.3 (decoding); the order divides 8 just when eight times the point is neutral.
 */
export function isEdwardsPoint(bytes: Uint8Array): boolean {
  let y = 0n
  for (let index = 31; index >= 0; index--) y = (y << 8n) | BigInt(bytes[index]!)
  const sign = y >> 255n
  y &= 2n ** 255n - 1n
  if (y >= prime) return false
  const x = recoverX(y, sign)
  if (x === undefined) return false
  let point: readonly [bigint, bigint] = [x, y]
  for (let doubling = 0; doubling < 3; doubling++) point = double(point)
  return !(point[0] === 0n && point[1] === 1n)
}

function recoverX(y: bigint, sign: bigint): bigint | undefined {
  const ySquared = (y * y) % prime
  const curveConstant = constantOfCurve()
  const xSquared = modulo((ySquared - 1n) * invert(curveConstant * ySquared + 1n))
  let x = power(xSquared, (prime + 3n) / 8n)
  if ((x * x) % prime !== xSquared) x = (x * power(2n, (prime - 1n) / 4n)) % prime
  if ((x * x) % prime !== xSquared) return undefined
  if (x === 0n && sign === 1n) return undefined
  return (x & 1n) === sign ? x : prime - x
}

function double([x, y]: readonly [bigint, bigint]): readonly [bigint, bigint] {
  const product = modulo(constantOfCurve() * x * x * y * y)
  return [modulo(2n * x * y * invert(1n + product)), modulo((y * y + x * x) * invert(1n - product))]
}

/** The d of edwards25519; spelt out, it would be a tenth of this file. */
function constantOfCurve(): bigint {
  return modulo(-121665n * invert(121666n))
}

function modulo(value: bigint): bigint {
  const rest = value % prime
  return rest < 0n ? rest + prime : rest
}

function invert(value: bigint): bigint {
  return power(modulo(value), prime - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % prime
    square = (square * square) % prime
  }
  return result
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const values = /* @__PURE__ */ (() => {
  const table = new Int8Array(128).fill(-1)
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value
  return table
})()

/** Encode bytes as base64url without padding. Spec: RFC 4648 §5, RFC 7515 §2. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index
    const group =
      (bytes[index]! << 16) |
      ((left > 1 ? bytes[index + 1]! : 0) << 8) |
      (left > 2 ? bytes[index + 2]! : 0)
    text += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]!
    if (left > 1) text += alphabet[(group >> 6) & 63]!
    if (left > 2) text += alphabet[group & 63]!
  }
  return text
}

/**
 * Decode canonical base64url: no padding, no whitespace, no other alphabet, no loose trailing bits.
 * Returns undefined for anything else, so that a text and its bytes are one to one.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const tail = text.length & 3
  if (tail === 1) return undefined
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let accumulated = 0
  let bits = 0
  let written = 0
  for (let index = 0; index < text.length; index++) {
    const value = values[text.charCodeAt(index)] ?? -1
    if (value < 0) return undefined
    accumulated = ((accumulated << 6) | value) & 0xfff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[written++] = accumulated >> bits
    }
  }
  const loose = accumulated & ((1 << bits) - 1)
  return loose === 0 ? bytes : undefined
}

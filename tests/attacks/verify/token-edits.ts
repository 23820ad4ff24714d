/** Changes one bit of the signature. */
export function flipSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[9]! ^= 1
  return `${header}.${payload}.${bytes.toString('base64url')}`
}

export function dropSignature(token: string): string {
  return token.replace(/[^.]+$/, '')
}

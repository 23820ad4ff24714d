import { OptionError } from '@mapae/jwt'

/** What the server wants to see in a proof, so that it cannot have been made long before. */
export interface Nonces {
  /** To be handed out now. */
  current(): Promise<string>
  /** Whether it was handed out within the last two windows. */
  accepts(nonce: string): Promise<boolean>
}

const windowSeconds = 60
const leastSecretBytes = 32

/**
 * Nonces that nobody has to remember: the MAC of the minute. Every process with the same secret
 * takes those of the others. Spec: RFC 9449 §9.
 */
export function createNonces(secret: Uint8Array | undefined, clock: () => number): Nonces {
  if (secret !== undefined && !(secret?.length >= leastSecretBytes)) {
    throw new OptionError('option_invalid', 'dpop.nonceSecret')
  }
  const bytes = secret ?? crypto.getRandomValues(new Uint8Array(leastSecretBytes))
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = crypto.subtle.importKey('raw', Uint8Array.from(bytes), algorithm, false, ['sign'])
  const made = new Map<number, Promise<string>>()

  const make = async (window: number): Promise<string> => {
    const text = new TextEncoder().encode(`mapae dpop nonce ${window}`)
    return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', await key, text)))
  }
  const nonceOf = (window: number): Promise<string> => {
    const nonce = made.get(window) ?? make(window)
    made.set(window, nonce)
    for (const old of made.keys()) if (Math.abs(window - old) > 1) made.delete(old)
    return nonce
  }
  const windowNow = () => Math.floor(clock() / windowSeconds)

  return {
    current: () => nonceOf(windowNow()),
    async accepts(nonce) {
      const window = windowNow()
      return nonce === (await nonceOf(window)) || nonce === (await nonceOf(window - 1))
    },
  }
}

export function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

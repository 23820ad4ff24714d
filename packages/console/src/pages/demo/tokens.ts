import { signal } from '@preact/signals'

/** What a sign-in or a refresh brought. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Unix time in seconds. */
  readonly issuedAt: number
  readonly accessExpiresAt: number
}

/** The tokens that the page has now, in memory only. */
export const tokens = signal<TokenPair | null>(null)

export function readTokenPair(json: Readonly<Record<string, unknown>>): TokenPair {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = json
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') {
    throw new Error('The answer has no tokens.')
  }
  const issuedAt = Date.now() / 1000
  return { accessToken, refreshToken, issuedAt, accessExpiresAt: issuedAt + Number(seconds) }
}

/** Who is signed in, as the server tells it. */
export interface User {
  readonly id: string
  readonly username?: string
  readonly email?: string
  readonly [claim: string]: unknown
}

/** What is kept of a sign-in. One value, so that a store can replace it in one step. */
export interface Saved {
  /** Of this sign-in: an answer to an earlier one must not change a later one. */
  readonly id: string
  /** How often the refresh token was exchanged: a higher one is newer. */
  readonly generation: number
  readonly refreshToken?: string
  /** Goes with every attempt to exchange this refresh token, of every tab. */
  readonly attemptKey?: string
  readonly accessToken?: string
  /** By the server's clock, in seconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** How far the server's clock was ahead of the device's when the answer came, in seconds. */
  readonly skew: number
  /** Whether it belongs to an OAuth client; the first-party API renews the others. */
  readonly oauth?: boolean | undefined
  /** Tells the server whom to sign out. */
  readonly idToken?: string
  readonly user?: User
}

/** The part of it that an answer of the server gives. */
export type SavedTokens = Omit<Saved, 'id' | 'generation' | 'user'>

/** How long a token must still be valid to be handed out, when nobody says, in seconds. */
const MIN_TTL = 10
/** The `Date` of an answer is a whole second, and clocks are corrected by a little all the time. */
const CLOCK_SLACK = 5

/** The server's time of now, in seconds. */
export function serverTime(saved: Saved, now: number): number {
  return now / 1000 + saved.skew
}

/**
 * Whether the access token can be used for `minTtl` more seconds, or for half its life when that is
 * less. Not when the device's clock went back to before the token was issued: then nobody knows.
 */
export function isUsable(saved: Saved, now: number, minTtl = MIN_TTL): boolean {
  const { accessToken, issuedAt, expiresAt } = saved
  const time = serverTime(saved, now)
  return (
    !!accessToken &&
    time > issuedAt - CLOCK_SLACK &&
    time < expiresAt - Math.min(minTtl, (expiresAt - issuedAt) / 2)
  )
}

/**
 * How long this token rests before it is exchanged, in milliseconds: for longer than a request may
 * take. A slow request with the token before it must not be overtaken by two exchanges, since then
 * it looks like a thief's.
 */
export function restOf(saved: Saved, now: number, requestMilliseconds: number): number {
  const age = (serverTime(saved, now) - saved.issuedAt) * 1000
  return saved.generation && age >= 0 ? Math.max(0, requestMilliseconds - age) : 0
}

/** Whether both are the same token of the same sign-in. */
export function isSame(one: Saved | null, other: Saved): boolean {
  return one?.id === other.id && one.generation === other.generation
}

/** When a token is renewed although it is still valid: this long before it expires, in seconds. */
export function renewalMargin({ issuedAt, expiresAt }: Saved): number {
  return Math.min(60, (expiresAt - issuedAt) / 5)
}

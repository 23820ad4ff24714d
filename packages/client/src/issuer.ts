import { MapaeError } from './error.ts'
import type { SavedTokens } from './saved.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** What the server answered. */
export interface Answer {
  readonly status: number
  /** Empty when the body was no JSON. */
  readonly json: Readonly<Record<string, unknown>>
  /** When it was written, by the server's clock, in seconds; the device's where that is not told. */
  readonly date: number
  /** By the device's clock, in milliseconds. */
  readonly sentAt: number
  readonly receivedAt: number
}

/** Sends a request to the server. Errors: `unavailable` without an answer in time. */
export async function send(
  world: World,
  url: string,
  init: RequestInit,
  { fetch = world.fetch, requestMilliseconds, transport }: Store,
  isSignIn = false,
): Promise<Answer> {
  const abort = new AbortController()
  const cancel = world.later(() => abort.abort(), requestMilliseconds)
  const sentAt = world.now()
  try {
    // A page of another origin must ask for the cookie to be sent and kept.
    const credentials = transport === 'cookie' ? 'include' : 'omit'
    const response = await fetch(url, { ...init, credentials, signal: abort.signal }, isSignIn)
    const json = (await response.json().catch(() => ({}))) as Answer['json']
    const receivedAt = world.now()
    const date = Date.parse(response.headers.get('date') ?? '') || receivedAt
    return { status: response.status, json, date: date / 1000, sentAt, receivedAt }
  } catch (error) {
    throw new MapaeError('unavailable', String(error))
  } finally {
    cancel()
  }
}

/** The error that an answer stands for. */
export function asError({ status, json }: Pick<Answer, 'status' | 'json'>): MapaeError {
  const code = json['code'] ?? json['error']
  if (typeof code !== 'string' || status >= 500) return new MapaeError('unavailable')
  // Whatever it is, an error makes a text of it.
  const said = (json['detail'] ?? json['title'] ?? json['error_description'] ?? code) as string
  return new MapaeError(code, said, json)
}

/**
 * The tokens of an answer. `expiresAt` is early by the time the answer took, since nobody knows
 * which part of it passed before the token was made. Spec: RFC 6749 section 5.1.
 */
export function tokensOf(world: World, answer: Answer): SavedTokens {
  const { json, date, sentAt, receivedAt } = answer
  const { access_token, expires_in, refresh_token } = json
  // A network that asks for a sign-in of its own answers 200 with something else.
  if (answer.status >= 300 || typeof access_token !== 'string') throw asError(answer)
  return {
    accessToken: access_token,
    ...(typeof refresh_token === 'string' ? { refreshToken: refresh_token } : {}),
    attemptKey: world.random(),
    issuedAt: date,
    expiresAt: date + (Number(expires_in) || 60) - (receivedAt - sentAt) / 1000,
    skew: date - receivedAt / 1000,
  }
}

import type { Answer, Route } from './route.ts'

const PREFLIGHT_SECONDS = 7200
/** What scripts send along that forms cannot. */
const REQUEST_HEADERS = 'Authorization, Content-Type, DPoP, Idempotency-Key'
/** What scripts may read besides the body. */
const ANSWER_HEADERS = 'Date, DPoP-Nonce, Retry-After, WWW-Authenticate'

/** The origins of the clients' pages. */
export interface WebOrigins {
  /** Whether pages of this origin belong to a client. */
  isWebOrigin(origin: string): boolean
  /**
   * Whether they belong to a client of the operator's own: only those may call the first-party API,
   * since its cookie opens the whole account and its user was asked nothing.
   */
  isOwnWebOrigin(origin: string): boolean
}

/** Whether a page of that origin may call with cookies. */
export function isWebOriginFor(cors: Route['cors'], origin: string, origins: WebOrigins): boolean {
  return cors === 'own_web_origins' ? origins.isOwnWebOrigin(origin) : origins.isWebOrigin(origin)
}

/**
 * The headers by which a page of another origin may read the answer; none when it may not.
 * Spec: Fetch standard, section 3.2, CORS protocol.
 */
export function corsHeaders(
  cors: Route['cors'],
  origin: string | null,
  origins: WebOrigins,
): Readonly<Record<string, string>> {
  if (cors === undefined) return {}
  const shared = { 'Access-Control-Expose-Headers': ANSWER_HEADERS }
  const anybody = {
    ...shared,
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }
  if (cors === 'any') return anybody
  if (origin === null || !isWebOriginFor(cors, origin, origins)) {
    return { ...(cors === 'any_or_web_origins' ? anybody : {}), Vary: 'Origin' }
  }
  return {
    ...anybody,
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    Vary: 'Origin',
  }
}

/** The answer to a browser that asks before it sends. */
export function preflightAnswer(methods: readonly string[]): Answer {
  return {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': REQUEST_HEADERS,
      'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    },
  }
}

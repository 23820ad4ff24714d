import { OptionError } from '@mapae/jwt'

/**
 * What happens to requests while the feed is behind.
 * `open`: they go on, and a revoked token works until it expires, as with any other verifier.
 * `closed`: after so many seconds they are refused with 503.
 * `introspect`: after so many seconds the issuer is asked about each token; refused with 503 where
 * it does not answer.
 */
export type Freshness =
  | 'open'
  | { readonly whenBehind: 'closed'; readonly afterSeconds: number }
  | {
      readonly whenBehind: 'introspect'
      readonly afterSeconds: number
      readonly clientId: string
      readonly clientSecret: string
    }

/** What to do about a request whose token is good as far as is known. */
export type FreshnessDecision = 'go on' | 'refuse' | 'introspect'

/** Decide by how many seconds old what is known is. */
export function decideFreshness(freshness: Freshness, lagSeconds: number): FreshnessDecision {
  if (freshness === 'open' || lagSeconds <= freshness.afterSeconds) return 'go on'
  return freshness.whenBehind === 'closed' ? 'refuse' : 'introspect'
}

/** Below two heartbeats an idle feed would count as one that is behind. */
const leastAfterSeconds = 10
const mostAfterSeconds = 86_400

/** Errors ({@link OptionError}): `option_invalid`. */
export function checkFreshness(freshness: Freshness): Freshness {
  if (freshness === 'open') return freshness
  if (typeof freshness !== 'object' || freshness === null) {
    throw new OptionError('option_invalid', 'freshness')
  }
  const { whenBehind, afterSeconds } = freshness
  const isKnown = whenBehind === 'closed' || whenBehind === 'introspect'
  const isInRange = afterSeconds >= leastAfterSeconds && afterSeconds <= mostAfterSeconds
  if (!isKnown || !isInRange) throw new OptionError('option_invalid', 'freshness')
  if (freshness.whenBehind === 'introspect') {
    for (const name of ['clientId', 'clientSecret'] as const) {
      if (typeof freshness[name] !== 'string' || freshness[name] === '') {
        throw new OptionError('option_required', `freshness.${name}`)
      }
    }
  }
  return freshness
}

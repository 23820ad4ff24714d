import { OptionError } from '@mapae/jwt'

import type { DpopOptions } from './dpop/check-proof.ts'
import { checkFreshness, type Freshness } from './freshness.ts'
import type { FeedCredentials } from './issuer/client-credentials.ts'
import { checkIssuer } from './issuer/metadata.ts'
import type { ResourceMetadataOptions } from './resource-metadata.ts'
import { systemSurroundings, type Fetch, type Surroundings } from './surroundings.ts'
import type { TestIssuer } from './testing/test-issuer.ts'

export interface MapaeOptions {
  /** The issuer, exactly as its tokens and its metadata name it: https, or http on this machine. */
  readonly issuer: string
  /** Your API, as tokens name it in `aud`; or several names of it. */
  readonly audience: string | readonly string[]
  /**
   * How the revocation feed is followed: as a stream, which also falls back to pages, or by pages
   * only. `off` is for issuers without one. Default `stream`; an issuer without a feed has none.
   */
  readonly revocations?: 'stream' | 'poll' | 'off' | undefined
  /** Time between pages where the feed is not streamed, 1 to 300. Default 5. */
  readonly pollSeconds?: number | undefined
  /** Shown to a feed that is not public. */
  readonly feedCredentials?: FeedCredentials | undefined
  /** What happens while the feed is behind. Default `open`. */
  readonly freshness?: Freshness | undefined
  /**
   * What clients call, with a path if a proxy takes one off: DPoP proofs are for URLs below it.
   * Default: the origin of the audience where that is a URL.
   */
  readonly publicUrl?: string | undefined
  readonly dpop?: DpopOptions | undefined
  /**
   * What clients that do not know your API read of it, such as agents: then challenges name the
   * address of `metadata()`. Needs an audience that is a URL. Default: nothing. Spec: RFC 9728.
   */
  readonly resourceMetadata?: ResourceMetadataOptions | undefined
  /** Difference allowed between clocks, 0 to 300. Default 5. */
  readonly clockToleranceSeconds?: number | undefined
  /** Verified tokens remembered, 16 to 1,048,576. Default 4,096, some 2 MiB when full. */
  readonly maxTokens?: number | undefined
  /** In tests: mints tokens, and stands in for the issuer without a network. */
  readonly testIssuer?: TestIssuer | undefined
  /** Default: the runtime's. */
  readonly fetch?: Fetch | undefined
  /** Unix time in seconds. Default: the system's. */
  readonly clock?: (() => number) | undefined
}

/** Options that were read. */
export interface CheckedOptions {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly revocations: 'stream' | 'poll' | 'off'
  readonly pollSeconds: number
  readonly feedCredentials: FeedCredentials | undefined
  readonly freshness: Freshness
  readonly publicUrl: string | undefined
  readonly dpop: DpopOptions
  readonly resourceMetadata: ResourceMetadataOptions | undefined
  readonly clockToleranceSeconds: number
  readonly maxTokens: number
  readonly testIssuer: TestIssuer | undefined
  readonly surroundings: Surroundings
}

const optionNames = new Set([
  'issuer',
  'audience',
  'revocations',
  'pollSeconds',
  'feedCredentials',
  'freshness',
  'publicUrl',
  'dpop',
  'resourceMetadata',
  'clockToleranceSeconds',
  'maxTokens',
  'testIssuer',
  'fetch',
  'clock',
])

/**
 * Errors ({@link OptionError}): `option_required` without issuer or audience, `option_unknown`,
 * `option_invalid`. A misspelt option would be a check that silently does not happen.
 */
export function checkOptions(options: MapaeOptions): CheckedOptions {
  for (const name of Object.keys(options ?? {})) {
    if (!optionNames.has(name)) throw new OptionError('option_unknown', name)
  }
  const issuer = checkIssuer(options?.issuer)
  const audience = checkAudience(options.audience)
  const { revocations = 'stream', freshness = 'open', pollSeconds = 5, testIssuer } = options
  if (!['stream', 'poll', 'off'].includes(revocations)) {
    throw new OptionError('option_invalid', 'revocations')
  }
  if (!(pollSeconds >= 1 && pollSeconds <= 300)) {
    throw new OptionError('option_invalid', 'pollSeconds')
  }
  // Without a feed everything would count as behind, from the first request on.
  if (revocations === 'off' && freshness !== 'open') {
    throw new OptionError('option_invalid', 'freshness')
  }
  if (testIssuer !== undefined && testIssuer.issuer !== issuer) {
    throw new OptionError('option_invalid', 'testIssuer')
  }
  return {
    issuer,
    audience,
    revocations,
    pollSeconds,
    feedCredentials: options.feedCredentials,
    freshness: checkFreshness(freshness),
    publicUrl: checkPublicUrl(options.publicUrl, audience),
    dpop: options.dpop ?? {},
    resourceMetadata: options.resourceMetadata,
    clockToleranceSeconds: options.clockToleranceSeconds ?? 5,
    maxTokens: options.maxTokens ?? 4096,
    testIssuer,
    surroundings: {
      fetch: options.fetch ?? testIssuer?.fetch ?? systemSurroundings.fetch,
      clock: options.clock ?? systemSurroundings.clock,
      random: systemSurroundings.random,
    },
  }
}

/** What else is wrong with it, the verifier says. */
function checkAudience(audience: unknown): string | readonly string[] {
  if (audience === undefined || audience === null) {
    throw new OptionError('option_required', 'audience')
  }
  if (typeof audience !== 'string' && !Array.isArray(audience)) {
    throw new OptionError('option_invalid', 'audience')
  }
  return audience as string | readonly string[]
}

function checkPublicUrl(
  publicUrl: unknown,
  audience: string | readonly string[],
): string | undefined {
  if (publicUrl !== undefined) {
    const isUrl = typeof publicUrl === 'string' && /^https?:\/\/[^?#]+$/.test(publicUrl)
    if (!isUrl || !URL.canParse(publicUrl)) throw new OptionError('option_invalid', 'publicUrl')
    return publicUrl
  }
  const [first = ''] = typeof audience === 'string' ? [audience] : audience
  return /^https?:\/\//.test(first) && URL.canParse(first) ? new URL(first).origin : undefined
}

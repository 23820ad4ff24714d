import { createGuards, type CheckRequest, type Guards } from './guards.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'

export type { AccessTokenClaims } from './claims.ts'
export type { IncomingRequest } from './credentials.ts'
export type { DpopOptions } from './dpop/check-proof.ts'
export type { Freshness } from './freshness.ts'
export type { CheckRequest, Guards } from './guards.ts'
export type { Health } from './health.ts'
export type { FeedCredentials } from './issuer/client-credentials.ts'
export { DiscoveryError } from './issuer/metadata.ts'
export type { MapaeOptions } from './options.ts'
export type { RefusalAnswer, RefusalCode, RefusalReason } from './refusal.ts'
export type { ResourceMetadataOptions } from './resource-metadata.ts'
export type { Duration, Requirements } from './requirements.ts'
export type { Outcome } from './resource-server.ts'
export type { FeedErrorCode } from './revocations/feed-error.ts'
export type { FeedStatus } from './revocations/subscriber.ts'

/**
 * Make the guards of an API without any framework: a guard takes what is to be known of a request
 * and says who is asking, or what to answer.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_invalid`.
 */
export function mapae(options: MapaeOptions): Guards<CheckRequest, RefusalAnswer> {
  return createGuards(
    options,
    (check) => check,
    (answer) => answer,
  )
}

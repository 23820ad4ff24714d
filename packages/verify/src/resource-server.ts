import { OptionError, TokenError } from '@mapae/jwt'

import type { AccessTokenClaims } from './claims.ts'
import { readCredentials, type Credentials, type IncomingRequest } from './credentials.ts'
import { createCheckProof, DPOP_ALGORITHMS } from './dpop/check-proof.ts'
import { writeMetrics, type Health } from './health.ts'
import { createIntrospect } from './issuer/introspection.ts'
import { createRemoteIssuer } from './issuer/remote-issuer.ts'
import { createJudge } from './judge.ts'
import { checkOptions, type MapaeOptions } from './options.ts'
import {
  answerTo,
  asDpop,
  refuse,
  refuseFor,
  withScopes,
  type ChallengeFacts,
  type Refusal,
  type RefusalAnswer,
} from './refusal.ts'
import type { CheckedRequirements } from './requirements.ts'
import { createResourceMetadata, type ResourceMetadata } from './resource-metadata.ts'
import { createRevocations } from './revocations/revocations.ts'
import type { TestClaims } from './testing/test-issuer.ts'
import { createReadToken } from './token-reader.ts'
import { createWarmUp } from './warm-up.ts'

/** What a request came to: who is asking, or what to answer. */
export type Outcome =
  | { readonly claims: AccessTokenClaims; readonly answer?: undefined }
  | { readonly answer: RefusalAnswer; readonly claims?: undefined }

/**
 * Checks a request. Answers at once, without a promise, where nothing has to be waited for: from the
 * second request on, with no bound token and no introspection.
 */
export type Check = (
  request: IncomingRequest,
  requirements: CheckedRequirements,
) => Outcome | Promise<Outcome>

/** What there is besides checking. */
export interface Operations {
  /**
   * Resolves when keys and revocations are known. Await it before listening; otherwise the first
   * requests wait. Errors: the issuer or its keys cannot be read.
   */
  ready(): Promise<void>
  /** How fresh is what is known, and what went wrong last. */
  health(): Health
  /** The same for Prometheus, as text. */
  metrics(): string
  /** Stops following the feed. Requests are still checked, with what is known. */
  close(): void
  /**
   * A token that this API accepts, for tests.
   * Errors: there is no `testIssuer` among the options.
   */
  testToken(claims?: TestClaims): string
}

export interface ResourceServer extends Operations {
  readonly check: Check
  /** Errors (`OptionError`): `option_required` without the option `resourceMetadata`. */
  readonly getMetadata: () => ResourceMetadata
}

/**
 * Make a resource server: it checks access tokens for one API. The adapters are thin shells around it.
 *
 * Spec: RFC 9068 §4, RFC 6750, RFC 9470, RFC 9449.
 * Errors (`OptionError`): `option_required` without `issuer` or `audience`, `option_unknown`,
 * `option_invalid`.
 */
export function createResourceServer(given: MapaeOptions): ResourceServer {
  const options = checkOptions(given)
  const { surroundings, freshness, publicUrl, testIssuer } = options
  const { clock } = surroundings
  const issuer = createRemoteIssuer(options.issuer, surroundings)
  const revocations = createRevocations(options, issuer)
  const warmUp = createWarmUp(issuer, revocations)
  const asksIssuer = freshness !== 'open' && freshness.whenBehind === 'introspect'
  const checkProof =
    publicUrl === undefined ? undefined : createCheckProof(publicUrl, options.dpop, clock)
  const judge = createJudge({
    revoked: revocations.set,
    freshness: () => revocations.freshness(),
    introspect: asksIssuer ? createIntrospect(issuer, freshness, surroundings) : undefined,
    checkProof,
    clock,
  })
  const dpopAlgorithms = checkProof === undefined ? [] : DPOP_ALGORITHMS
  const metadata =
    options.resourceMetadata === undefined
      ? undefined
      : createResourceMetadata(options.resourceMetadata, { ...options, dpopAlgorithms })
  const health = () => revocations.health()
  return {
    check: createCheck({
      readToken: createReadToken({ ...options, clock }, issuer),
      judge,
      warmUp,
      challengeFacts: { dpopAlgorithms, resourceMetadataUrl: metadata?.url },
    }),
    getMetadata() {
      if (metadata === undefined) throw new OptionError('option_required', 'resourceMetadata')
      return metadata
    },
    async ready() {
      await issuer.load()
      await warmUp.wait()
    },
    health,
    metrics: () => writeMetrics(health()),
    close: () => revocations.close(),
    testToken(claims) {
      if (testIssuer === undefined) {
        throw new Error('testToken() needs mapae({ testIssuer: createTestIssuer() })')
      }
      const [audience = ''] = [options.audience].flat()
      return testIssuer.mint({ aud: audience, ...claims })
    },
  }
}

interface CheckParts {
  readonly readToken: ReturnType<typeof createReadToken>
  readonly judge: ReturnType<typeof createJudge>
  readonly warmUp: ReturnType<typeof createWarmUp>
  readonly challengeFacts: ChallengeFacts
}

/** Owns the order: one token, keys, signature and claims, then the judge. */
function createCheck({ readToken, judge, warmUp, challengeFacts }: CheckParts): Check {
  const refused = (
    refusal: Refusal,
    { scheme }: Pick<Credentials, 'scheme'>,
    { scopes }: CheckedRequirements,
  ): Outcome => {
    const told = withScopes(refusal, scopes)
    return { answer: answerTo(scheme === 'DPoP' ? asDpop(told) : told, challengeFacts) }
  }

  const failed = (
    error: unknown,
    credentials: Credentials,
    requirements: CheckedRequirements,
  ): Outcome => {
    if (!(error instanceof TokenError)) throw error
    const isOurFault = error.code === 'keys_unavailable'
    const refusal = isOurFault
      ? refuse('verification_unavailable', 'keys_unavailable')
      : refuseFor('invalid_token', error)
    return refused(refusal, credentials, requirements)
  }

  const check: Check = (request, requirements) => {
    const credentials = readCredentials(request)
    if ('code' in credentials) return refused(credentials, { scheme: 'Bearer' }, requirements)
    if (!warmUp.isOver()) return warmUp.wait().then(() => check(request, requirements))

    const settle = (claims: AccessTokenClaims): Outcome | Promise<Outcome> => {
      const judgement = judge(request, credentials, requirements, claims)
      if (judgement === undefined) return { claims }
      if (!(judgement instanceof Promise)) return refused(judgement, credentials, requirements)
      return judgement.then((refusal) =>
        refusal === undefined ? { claims } : refused(refusal, credentials, requirements),
      )
    }

    try {
      const claims = readToken(credentials.accessToken)
      if (!(claims instanceof Promise)) return settle(claims)
      return claims.then(settle).catch((error: unknown) => failed(error, credentials, requirements))
    } catch (error) {
      return failed(error, credentials, requirements)
    }
  }
  return check
}

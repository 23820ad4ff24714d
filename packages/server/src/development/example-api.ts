import { createRemoteKeys, createVerifier, TokenError } from '@mapae/jwt'
import { z } from 'zod'

import type { Clock } from '../domain/time.ts'
import { openRoute, type Answer, type Route } from '../http/route.ts'

const BEARER = /^Bearer ([\w.-]+)$/
/** At most so many seconds: an hour. */
const CLOCK_AHEAD = /^(?:3600|[1-3]?\d{1,3})$/

export interface ExampleApiOptions {
  readonly issuer: string
  readonly audience: string
  /** Where the keys are fetched from. */
  readonly jwksUrl: string
  readonly clock: Clock
}

/**
 * An API as anybody may write one: it fetches the issuer's public keys over HTTP, keeps them, and
 * verifies what comes. It neither knows this server's database nor asks it anything about a token.
 */
export function exampleApiRoute({ issuer, audience, jwksUrl, clock }: ExampleApiOptions): Route {
  const keys = createRemoteKeys(jwksUrl)
  const verifierAhead = (seconds: number) =>
    createVerifier({
      keys,
      issuer,
      audience,
      typ: 'at+jwt',
      clock: () => clock.seconds() + seconds,
    })
  const verify = verifierAhead(0)

  return openRoute({
    method: 'GET',
    path: '/demo/api/orders',
    summary: 'An API that believes access tokens of this server',
    body: null,
    answers: { 200: z.looseObject({}) },
    errors: [],
    async handle({ headers }): Promise<Answer> {
      const accessToken = BEARER.exec(headers.get('authorization') ?? '')?.[1]
      if (accessToken === undefined) return refusal('authentication_required', 'Bearer')
      // Whoever does not want to wait for the end of a token may ask what comes after it.
      const ahead = headers.get('x-demo-clock-ahead') ?? ''
      const verifyThen = CLOCK_AHEAD.test(ahead) ? verifierAhead(Number(ahead)) : verify
      try {
        const { sub, exp } = await verifyThen.async(accessToken)
        return { status: 200, json: { orders: ['one lamp', 'two scales'], for: sub, until: exp } }
      } catch (error) {
        if (!(error instanceof TokenError)) throw error
        const challenge = `Bearer error="invalid_token", error_description="${error.code}"`
        return refusal(error.code, challenge)
      }
    },
  })
}

/** Spec: RFC 6750 section 3. */
function refusal(reason: string, challenge: string): Answer {
  return { status: 401, json: { error: reason }, headers: { 'WWW-Authenticate': challenge } }
}

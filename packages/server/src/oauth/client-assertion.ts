import { createHash } from 'node:crypto'

import type { UsedAssertionStore } from '../domain/assertion.ts'
import type { Client } from '../domain/client.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import type { ClientJwts } from '../tokens/client-jwt.ts'
import type { ClientAuthentication, ClientRequest } from './client-authentication.ts'
import { single } from './parameters.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Each must be remembered until it expires, so that none may live for long. */
const LONGEST_SECONDS = 3600 as Seconds

export interface AssertionServices {
  readonly issuer: string
  readonly clientJwts: ClientJwts
  readonly usedAssertions: UsedAssertionStore
  readonly clock: Clock
}

/** What an assertion is for, by the type that its header may name: one for the other is refused. */
export type AssertionType = 'client-authentication+jwt' | 'authorization-grant+jwt'

export interface UseAssertion {
  /**
   * Checks a JWT that a client signed about somebody for this server, and counts it as used.
   * Null when it is not good, or was used before; else whom it is about.
   * Spec: RFC 7523 section 3, draft-ietf-oauth-rfc7523bis, RFC 8725 section 3.11.
   */
  (assertion: string, client: Client, typ: AssertionType): Promise<string | null>
}

/**
 * An assertion yields what a password would, so that a copy must be worth nothing: it counts once,
 * on all nodes, and for this server alone.
 */
export function createUseAssertion(services: AssertionServices): UseAssertion {
  const { clientJwts, usedAssertions, clock } = services
  const expected = {
    audiences: [services.issuer, `${services.issuer}/oauth/token`],
    requiredClaims: ['sub', 'jti'],
  }
  return async (assertion, client, typ) => {
    const { id: issuer, assertionAlgorithm: algorithm, requiresIssuerAudience } = client
    const expectedOfClient = { ...expected, typ, issuer, algorithm }
    const claims = await clientJwts.verify(assertion, client, expectedOfClient)
    // Whoever has the client believe that our token endpoint is theirs could get one for that.
    if (requiresIssuerAudience && claims?.aud !== services.issuer) return null
    if (claims === null || claims.exp > after(clock.seconds(), LONGEST_SECONDS)) return null
    const idHash = createHash('sha256').update(JSON.stringify([client.id, claims['jti']]))
    const until = Math.ceil(claims.exp + 60) as UnixSeconds
    const isFirst = await usedAssertions.use(idHash.digest('base64url'), until)
    return isFirst ? (claims.sub as string) : null
  }
}

/** `private_key_jwt`. Spec: RFC 7523 section 2.2, OpenID Connect Core section 9. */
export function assertionAuthentication(
  clientJwts: ClientJwts,
  useAssertion: UseAssertion,
): ClientAuthentication {
  return {
    methods: ['private_key_jwt'],
    claimedClientId(request) {
      const assertion = assertionOf(request)
      if (assertion === null) return null
      return clientJwts.readUnverifiedSubject(assertion) ?? ''
    },
    isProven: async (request, client) => {
      const assertion = assertionOf(request)!
      return (await useAssertion(assertion, client, 'client-authentication+jwt')) === client.id
    },
  }
}

function assertionOf({ parameters }: ClientRequest): string | null {
  const isUsed = single(parameters, 'client_assertion_type') === ASSERTION_TYPE
  return isUsed ? (single(parameters, 'client_assertion') ?? '') : null
}

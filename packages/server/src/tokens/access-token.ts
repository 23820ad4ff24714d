import { createTokenCache, createVerifier, TokenError, type ClaimsToSign } from '@mapae/jwt'

import type { Random, SessionId, UserId } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'
import { after, earlier, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import { createRotatingSigner } from './rotating-signer.ts'
import type { PurposeKeys } from './signing-keys.ts'

const JTI_BYTES = 8
/** Some 2 MiB when full. */
const REMEMBERED_TOKENS = 4096

/** Who is asking, from an access token that verified. */
export interface AccessTokenIdentity {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly clientId: string
  /** Of the key whose proof must come along; null for who bears the token. */
  readonly dpopKeyThumbprint: string | null
}

export interface AccessTokenSettings {
  readonly issuer: string
  readonly audience: string
  readonly lifetimeSeconds: Seconds
  /** A shorter life for this user, where there is one. */
  readonly shorterSecondsOf?: (userId: UserId) => Seconds | null
  /** A longer token is not handed out: it would not fit where tokens must fit. */
  readonly budgetBytes: number
}

export interface AccessTokens {
  /** Never outlives its session. Throws when the token would be over the budget. */
  mint(session: Session): { readonly accessToken: string; readonly expiresInSeconds: Seconds }
  /** Throws `TokenError`. Touches neither network nor database. */
  verify(accessToken: string): AccessTokenIdentity
}

/** Access tokens for any resource server. Spec: RFC 9068. */
export function createAccessTokens(
  settings: AccessTokenSettings,
  keys: PurposeKeys,
  clock: Clock,
  random: Random,
): AccessTokens {
  const { issuer, audience, lifetimeSeconds, shorterSecondsOf, budgetBytes } = settings
  const sign = createRotatingSigner(keys, 'at+jwt')
  const verify = createVerifier({
    keys: keys.verifying,
    issuer,
    audience,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'sid', 'jti', 'client_id', 'iat'],
    // A token comes with many calls and its signature is most of what a call costs. Digests only:
    // a dump of the memory must hold no usable token.
    cache: createTokenCache({ maxTokens: REMEMBERED_TOKENS, keeps: 'digest' }),
    clock: () => clock.seconds(),
  })
  return {
    mint(session) {
      const now = clock.seconds()
      const seconds = shorterSecondsOf?.(session.userId) ?? lifetimeSeconds
      const expiresAt = earlier(after(now, seconds), session.absoluteExpiresAt)
      const claims: ClaimsToSign = {
        iss: issuer,
        sub: session.userId,
        aud: session.audience,
        exp: expiresAt,
        iat: now,
        jti: Buffer.from(random(JTI_BYTES)).toString('base64url'),
        client_id: session.clientId,
        sid: session.id,
        ...(session.scope === null ? {} : { scope: session.scope }),
        ...(session.authTime === null ? {} : { auth_time: session.authTime }),
        ...(session.acr === null ? {} : { acr: session.acr }),
        ...(session.dpopKeyThumbprint === null ? {} : { cnf: { jkt: session.dpopKeyThumbprint } }),
      }
      const accessToken = sign(claims)
      if (accessToken.length > budgetBytes) {
        throw new Error(overBudget(accessToken.length, budgetBytes, claims))
      }
      return { accessToken, expiresInSeconds: (expiresAt - now) as Seconds }
    },

    verify(accessToken) {
      const { sub, sid, iat, cnf, client_id } = verify(accessToken)
      // Ended sessions are remembered for one lifetime. A token from before a restart, when
      // lifetimes were longer, must not outlast that memory.
      if (after(iat as UnixSeconds, lifetimeSeconds) <= clock.seconds()) {
        throw new TokenError('too_old')
      }
      return {
        userId: sub as UserId,
        sessionId: sid as SessionId,
        clientId: client_id as string,
        dpopKeyThumbprint: cnf === undefined ? null : confirmedKey(cnf),
      }
    },
  }
}

/** A token that is bound in a way not known here is nobody's. Spec: RFC 9449 section 6.1. */
export function confirmedKey(cnf: unknown): string {
  const { jkt, ...rest } = Object(cnf) as Record<string, unknown>
  if (typeof jkt === 'string' && Object.keys(rest).length === 0) return jkt
  throw new TokenError('claim_invalid', 'cnf')
}

export function overBudget(length: number, budget: number, claims: ClaimsToSign): string {
  const largest = Object.entries(claims)
    .map(([name, value]) => ({ name, bytes: Buffer.byteLength(JSON.stringify(value)) }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} (${bytes} bytes)`)
  return `The access token would have ${length} bytes, over its budget of ${budget}; largest claims: ${largest.join(', ')}.`
}

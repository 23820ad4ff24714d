import { createVerifier, NO_AUDIENCE, TokenError } from '@mapae/jwt'

import { MapaeError } from '../domain/errors.ts'
import { isId, type SessionId } from '../domain/ids.ts'
import { FIRST_PARTY_CLIENT_ID, type Session } from '../domain/session.ts'
import type { Clock } from '../domain/time.ts'
import { createRotatingSigner } from './rotating-signer.ts'
import type { PurposeKeys } from './signing-keys.ts'

export interface RefreshTokens {
  /** A token of the session's `live` generation; as often as asked, nothing of it is stored. */
  mint(session: Session): string
  /** Errors: `invalid_grant` for anything this issuer did not sign, or that expired. */
  verify(refreshToken: string): VerifiedRefreshToken
}

export interface VerifiedRefreshToken {
  readonly sessionId: SessionId
  readonly generation: number
  /** Whose it is; null: first-party. */
  readonly clientId: string | null
  /** Of the key that the session is bound to; it was when it started, or it never is. */
  readonly dpopKeyThumbprint: string | null
}

/**
 * Refresh tokens are JWTs too, but only for the issuer: signed with a symmetric key, they name a
 * session and a generation. Forged and foreign ones are refused before the database is asked.
 */
export function createRefreshTokens(
  issuer: string,
  keys: PurposeKeys,
  clock: Clock,
): RefreshTokens {
  const sign = createRotatingSigner(keys, 'rt+jwt')
  const verify = createVerifier({
    keys: keys.verifying,
    issuer,
    audience: NO_AUDIENCE,
    typ: 'rt+jwt',
    clock: () => clock.seconds(),
  })
  return {
    mint: (session) =>
      sign({
        iss: issuer,
        sid: session.id,
        gen: session.live,
        exp: session.idleExpiresAt,
        ...(session.clientId === FIRST_PARTY_CLIENT_ID ? {} : { client_id: session.clientId }),
        ...(session.dpopKeyThumbprint === null ? {} : { jkt: session.dpopKeyThumbprint }),
      }),

    verify(refreshToken) {
      try {
        const { sid, gen, jkt = null, client_id: clientId = null } = verify(refreshToken)
        const isBoundOrNot = jkt === null || typeof jkt === 'string'
        const isOfClientOrNot = clientId === null || typeof clientId === 'string'
        const isGeneration = Number.isSafeInteger(gen)
        if (!isIdText(sid) || !isGeneration || !isBoundOrNot || !isOfClientOrNot) {
          throw new MapaeError('invalid_grant')
        }
        return {
          sessionId: sid,
          generation: gen as number,
          clientId,
          dpopKeyThumbprint: jkt,
        }
      } catch (error) {
        if (error instanceof TokenError) throw new MapaeError('invalid_grant', { cause: error })
        throw error
      }
    },
  }
}

function isIdText(value: unknown): value is SessionId {
  return typeof value === 'string' && isId(value)
}

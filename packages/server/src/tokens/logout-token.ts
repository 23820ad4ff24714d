import type { ClientAlgorithm } from '../domain/client.ts'
import type { Random, SessionId } from '../domain/ids.ts'
import { after, type Clock, type Seconds } from '../domain/time.ts'
import { idTokenPurposeOf } from './id-token.ts'
import type { PurposeSigner } from './purpose-signer.ts'

const LIFETIME_SECONDS = 120 as Seconds
const JTI_BYTES = 8
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export interface LogoutTokens {
  /** Says to one client that one of its sessions ended, with the algorithm of its ID tokens. */
  mint(
    client: { readonly id: string; readonly idTokenAlgorithm: ClientAlgorithm },
    ended: { readonly subject: string; readonly sessionId: SessionId },
  ): Promise<string>
}

/** Spec: OpenID Connect Back-Channel Logout section 2.4. */
export function createLogoutTokens(
  issuer: string,
  sign: PurposeSigner,
  clock: Clock,
  random: Random,
): LogoutTokens {
  return {
    async mint({ id, idTokenAlgorithm }, { subject, sessionId }) {
      const now = clock.seconds()
      return sign(idTokenPurposeOf[idTokenAlgorithm], 'logout+jwt', {
        iss: issuer,
        sub: subject,
        aud: id,
        iat: now,
        exp: after(now, LIFETIME_SECONDS),
        jti: Buffer.from(random(JTI_BYTES)).toString('base64url'),
        sid: sessionId,
        events: { [LOGOUT_EVENT]: {} },
      })
    },
  }
}

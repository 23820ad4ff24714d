import type { Random, UserId } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock, Seconds } from '../domain/time.ts'
import type { SigningAlgorithms } from '../oauth/client-registry.ts'
import { createAccessTokens } from '../tokens/access-token.ts'
import { accessTokenPurposeOf, createClientAccessTokens } from '../tokens/client-access-token.ts'
import { createReadIdTokenHint } from '../tokens/id-token-hint.ts'
import { createIdTokens, idTokenPurposeOf } from '../tokens/id-token.ts'
import { createIntrospectionTokens } from '../tokens/introspection-token.ts'
import { createPurposeSigner } from '../tokens/purpose-signer.ts'
import { createLogoutTokens } from '../tokens/logout-token.ts'
import { createDpopNonces } from '../tokens/dpop-nonce.ts'
import { createDpopProofs } from '../tokens/dpop-proof.ts'
import { createRefreshTokens } from '../tokens/refresh-token.ts'
import { createKeyRotation } from '../tokens/key-rotation.ts'
import { createReplayMemory } from '../tokens/replay-memory.ts'
import { createSealing } from '../tokens/sealing.ts'
import { loadSigningKeys } from '../tokens/signing-keys.ts'
import { createUserinfoTokens } from '../tokens/userinfo-token.ts'

const ACCESS_TOKEN_BUDGET_BYTES = 1024
/** Used proofs that a node remembers; some 10 MB when full. */
const REMEMBERED_PROOFS = 50_000
const DAY_SECONDS = 86_400

export interface TokensConfig {
  readonly issuer: string
  readonly audience: string
  readonly masterKey: Uint8Array
  readonly previousMasterKey: Uint8Array | null
  readonly keyRotationDays: number
  readonly accessTokenSeconds: number
  readonly accessTokenSecondsOf?: (userId: UserId) => Seconds | null
  readonly refreshIdleSeconds: number
}

export type Tokens = Awaited<ReturnType<typeof composeTokens>>

/** The signing keys, and all that is signed or verified with them. */
export async function composeTokens(
  config: TokensConfig,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  stores: Stores,
) {
  const { issuer, audience } = config
  const sealing = createSealing(config.masterKey, config.previousMasterKey, random)
  const rotation = {
    rotationSeconds: (config.keyRotationDays * DAY_SECONDS) as Seconds,
    longestTokenSeconds: {
      access_token: config.accessTokenSeconds as Seconds,
      // They expire when their session does for want of use.
      refresh_token: config.refreshIdleSeconds as Seconds,
    },
  }
  const keyRotation = createKeyRotation(stores.keys, sealing, rotation, clock, random)
  await keyRotation.prepare()
  const signingKeys = await loadSigningKeys(stores.keys, sealing, clock)
  const settings = {
    issuer,
    audience,
    lifetimeSeconds: config.accessTokenSeconds as Seconds,
    ...(config.accessTokenSecondsOf && { shorterSecondsOf: config.accessTokenSecondsOf }),
    budgetBytes: ACCESS_TOKEN_BUDGET_BYTES,
  }
  const sign = createPurposeSigner(signingKeys, keyRotation)
  const nonces = createDpopNonces(config.masterKey, clock)
  const usedProofs = createReplayMemory(REMEMBERED_PROOFS, clock)
  return {
    signingKeys,
    keyRotation,
    sign,
    /**
     * Makes the keys that clients will need, before their first token: who read the keys a moment
     * before it would not know its key, and refuse it until they are read again.
     */
    prepareFor: async ({ accessTokens, idTokens }: SigningAlgorithms): Promise<void> => {
      for (const algorithm of accessTokens) await sign.prepare(accessTokenPurposeOf[algorithm])
      for (const algorithm of idTokens) await sign.prepare(idTokenPurposeOf[algorithm])
    },
    dpopProofs: createDpopProofs(nonces, usedProofs, clock),
    accessTokens: createAccessTokens(settings, signingKeys.accessToken, clock, random),
    clientAccessTokens: createClientAccessTokens(settings, signingKeys, sign, clock, random),
    logoutTokens: createLogoutTokens(issuer, sign, clock, random),
    readIdTokenHint: createReadIdTokenHint(issuer, signingKeys),
    idTokens: createIdTokens(issuer, settings.lifetimeSeconds, sign, clock),
    userinfoTokens: createUserinfoTokens(issuer, sign, clock),
    introspectionTokens: createIntrospectionTokens(issuer, sign, clock),
    refreshTokens: createRefreshTokens(issuer, signingKeys.refreshToken, clock),
  }
}

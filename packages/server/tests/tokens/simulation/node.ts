import { randomBytes } from 'node:crypto'

import type { SessionId, UserId } from '../../../src/domain/ids.ts'
import { plainSession, type Session } from '../../../src/domain/session.ts'
import type { Seconds, UnixSeconds } from '../../../src/domain/time.ts'
import { openStores } from '../../../src/storage/open-stores.ts'
import { createAccessTokens } from '../../../src/tokens/access-token.ts'
import { createKeyRotation } from '../../../src/tokens/key-rotation.ts'
import { createRefreshTokens } from '../../../src/tokens/refresh-token.ts'
import { createSealing } from '../../../src/tokens/sealing.ts'
import { loadSigningKeys } from '../../../src/tokens/signing-keys.ts'

export const DAY_SECONDS = 86_400
export const ACCESS_SECONDS = 600
export const IDLE_SECONDS = 30 * DAY_SECONDS
export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'https://api.example.com'

/** The time that all clocks are off from. */
export interface TrueTime {
  now: number
}

export interface NodeOptions {
  readonly databaseUrl: string
  readonly time: TrueTime
  readonly skewSeconds: number
  readonly rotationDays: number
}

/** One server, as far as its keys and tokens go: nothing in it happens by itself. */
export async function startNode({ databaseUrl, time, skewSeconds, rotationDays }: NodeOptions) {
  const clock = {
    seconds: () => (time.now + skewSeconds) as UnixSeconds,
    milliseconds: () => (time.now + skewSeconds) * 1000,
  }
  const random = (byteCount: number) => randomBytes(byteCount)
  const stores = await openStores(databaseUrl, 'apply', clock.seconds())
  const sealing = createSealing(new Uint8Array(32).fill(7), null, random)
  const settings = {
    rotationSeconds: (rotationDays * DAY_SECONDS) as Seconds,
    longestTokenSeconds: {
      access_token: ACCESS_SECONDS as Seconds,
      refresh_token: IDLE_SECONDS as Seconds,
    },
  }
  const rotation = createKeyRotation(stores.keys, sealing, settings, clock, random)
  await rotation.prepare()
  const keys = await loadSigningKeys(stores.keys, sealing, clock)
  const accessTokens = createAccessTokens(
    {
      issuer: ISSUER,
      audience: AUDIENCE,
      lifetimeSeconds: ACCESS_SECONDS as Seconds,
      budgetBytes: 1024,
    },
    keys.accessToken,
    clock,
    random,
  )
  const refreshTokens = createRefreshTokens(ISSUER, keys.refreshToken, clock)

  return {
    rotation,
    keys,
    accessTokens,
    refreshTokens,
    now: () => clock.seconds(),
    mint() {
      const session = newSession(clock.seconds())
      return {
        access: accessTokens.mint(session).accessToken,
        refresh: refreshTokens.mint(session),
        accessKid: keys.accessToken.signing.kid!,
        refreshKid: keys.refreshToken.signing.kid!,
      }
    },
    close: () => stores.close(),
  }
}

export type SimulatedNode = Awaited<ReturnType<typeof startNode>>

function newSession(now: number): Session {
  const id = () => randomBytes(16).toString('base64url')
  return {
    id: id() as SessionId,
    userId: id() as UserId,
    clientId: 'first-party',
    audience: AUDIENCE,
    scope: null,
    live: 1,
    spent: 0,
    spentAt: null,
    retryKeyHash: null,
    createdAt: now as UnixSeconds,
    lastUsedAt: now as UnixSeconds,
    idleExpiresAt: (now + IDLE_SECONDS) as UnixSeconds,
    absoluteExpiresAt: (now + 6 * IDLE_SECONDS) as UnixSeconds,
    endedAt: null,
    endedReason: null,
    deviceLabel: null,
    ipAddress: null,
    ...plainSession,
  }
}

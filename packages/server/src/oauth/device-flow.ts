import { createHash } from 'node:crypto'

import type { Client } from '../domain/client.ts'
import type { DeviceApproval, DeviceAuthorization } from '../domain/device-authorization.ts'
import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import { after, type Clock, type Seconds } from '../domain/time.ts'
import type { UnansweredLimit } from './unanswered-limit.ts'
import { createUserCodeThrottle, type Typist } from './user-code-throttle.ts'

/** Time to find another device, to type the code there and to sign in. */
const DEVICE_SECONDS = 600 as Seconds
const INTERVAL_SECONDS = 5 as Seconds
/** A device that asks too often waits for so much longer. Spec: RFC 8628 section 3.5. */
const SLOWER_SECONDS = 5
const DEVICE_CODE_BYTES = 32
/** No vowels, so that it spells nothing, and nothing that looks like something else. */
const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const USER_CODE_LENGTH = 8

/** What the device shows and what it keeps. */
export interface BegunDevice {
  readonly deviceCode: string
  readonly userCode: string
  readonly expiresInSeconds: Seconds
  readonly intervalSeconds: Seconds
}

/** Signing in on a device without a browser: both halves of it. Spec: RFC 8628. */
export interface DeviceFlow {
  /** The device's half. Errors: `too_many_attempts` when the address that is charged left too many. */
  begin(
    client: Client,
    scopes: readonly string[],
    resources: readonly string[],
    chargedAddress: string | null,
  ): Promise<BegunDevice>
  /**
   * The user's half: what waits under the code that somebody typed, in whatever case and with
   * whatever between its letters. Null when nothing does.
   * Errors: `too_many_attempts` for an account or an address that guesses. Spec: RFC 8628
   * section 5.1.
   */
  findWaiting(userCode: string, typist: Typist): Promise<DeviceAuthorization | null>
  /** The user says yes. False when it was answered or expired meanwhile. */
  approve(userCode: string, approval: DeviceApproval): Promise<boolean>
  /** The user says no. False likewise. */
  deny(userCode: string): Promise<boolean>
}

export function createDeviceFlow(
  { deviceAuthorizations: store, attempts }: Pick<Stores, 'deviceAuthorizations' | 'attempts'>,
  limit: UnansweredLimit,
  clock: Clock,
  random: Random,
): DeviceFlow {
  const throttle = createUserCodeThrottle(attempts, clock)
  return {
    async begin(client, scopes, resources, chargedAddress) {
      limit.charge(chargedAddress, { scopes, resources })
      const now = clock.seconds()
      for (;;) {
        const deviceCode = Buffer.from(random(DEVICE_CODE_BYTES)).toString('base64url')
        const userCode = makeUserCode(random)
        const isNew = await store.insert({
          deviceCodeHash: hashOfDeviceCode(deviceCode),
          userCodeHash: hashOfUserCode(userCode),
          clientId: client.id,
          scopes,
          resources,
          createdAt: now,
          expiresAt: after(now, DEVICE_SECONDS),
          intervalSeconds: INTERVAL_SECONDS,
          askedAt: null,
          approval: null,
          deniedAt: null,
          redeemedAt: null,
        })
        if (!isNew) continue
        return {
          deviceCode,
          userCode: `${userCode.slice(0, 4)}-${userCode.slice(4)}`,
          expiresInSeconds: DEVICE_SECONDS,
          intervalSeconds: INTERVAL_SECONDS,
        }
      }
    },

    async findWaiting(userCode, typist) {
      const counted = await throttle.count(typist)
      const waiting = await store.findWaiting(hashOfUserCode(userCode), clock.seconds())
      if (waiting !== null) await throttle.refund(counted)
      return waiting
    },

    approve: (userCode, approval) =>
      store.approve(hashOfUserCode(userCode), approval, clock.seconds()),

    deny: (userCode) => store.deny(hashOfUserCode(userCode), clock.seconds()),
  }
}

/** What the device is told when it asks again. */
export type DeviceAnswer = 'pending' | 'slow_down' | 'denied' | 'expired' | 'approved'

/** Decides what a question of the device means. `intervalSeconds` is what it must keep to then. */
export function decideDeviceAnswer(
  device: DeviceAuthorization,
  now: number,
): { readonly answer: DeviceAnswer; readonly intervalSeconds: Seconds } {
  const { expiresAt, deniedAt, approval, askedAt, intervalSeconds } = device
  if (now >= expiresAt) return { answer: 'expired', intervalSeconds }
  if (deniedAt !== null) return { answer: 'denied', intervalSeconds }
  if (askedAt !== null && now - askedAt < intervalSeconds) {
    return {
      answer: 'slow_down',
      intervalSeconds: (intervalSeconds + SLOWER_SECONDS) as Seconds,
    }
  }
  return { answer: approval === null ? 'pending' : 'approved', intervalSeconds }
}

/** Without a salt: 256 random bits are not guessed. */
export function hashOfDeviceCode(deviceCode: string): string {
  return createHash('sha256').update(deviceCode).digest('base64url')
}

/** Of its letters alone. Whoever has the table could find the letters, and with them nothing. */
function hashOfUserCode(userCode: string): string {
  const letters = userCode
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
  return createHash('sha256').update(`user code ${letters}`).digest('base64url')
}

/** Evenly among all codes: bytes that would favour some letters are thrown away. */
function makeUserCode(random: Random): string {
  const even = 256 - (256 % USER_CODE_LETTERS.length)
  let code = ''
  while (code.length < USER_CODE_LENGTH) {
    for (const byte of random(USER_CODE_LENGTH)) {
      if (byte < even) code += USER_CODE_LETTERS[byte % USER_CODE_LETTERS.length]
    }
  }
  return code.slice(0, USER_CODE_LENGTH)
}

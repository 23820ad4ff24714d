import type { NewSecurityEvent } from './event.ts'
import type { UserId } from './ids.ts'
import type { Session } from './session.ts'
import type { Seconds, UnixSeconds } from './time.ts'

/** A device without a browser that waits for its user to say yes on another one. */
export interface DeviceAuthorization {
  /** SHA-256 of the code that the device keeps, and of the one that its user types; base64url. */
  readonly deviceCodeHash: string
  readonly userCodeHash: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** Audiences of the access token; never empty. */
  readonly resources: readonly string[]
  readonly createdAt: UnixSeconds
  readonly expiresAt: UnixSeconds
  /** How long the device must wait between two questions; grows when it does not. */
  readonly intervalSeconds: Seconds
  readonly askedAt: UnixSeconds | null
  readonly approval: DeviceApproval | null
  readonly deniedAt: UnixSeconds | null
  readonly redeemedAt: UnixSeconds | null
}

/** Who said yes, and how they had signed in. */
export interface DeviceApproval {
  readonly userId: UserId
  /** Of the user at that moment: a new password makes the approval worthless. */
  readonly credentialVersion: number
  readonly authTime: UnixSeconds
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly browserSessionId: string | null
}

export interface DeviceAuthorizationStore {
  /** False when one of the codes is taken. */
  insert(device: DeviceAuthorization): Promise<boolean>
  find(deviceCodeHash: string): Promise<DeviceAuthorization | null>
  /** Null when it is unknown, expired, or was answered. */
  findWaiting(userCodeHash: string, now: UnixSeconds): Promise<DeviceAuthorization | null>
  /** False when there is none that waits. */
  approve(userCodeHash: string, approval: DeviceApproval, now: UnixSeconds): Promise<boolean>
  deny(userCodeHash: string, now: UnixSeconds): Promise<boolean>
  /** Notes that the device asked. False when another question was noted since it was read. */
  noteQuestion(
    device: DeviceAuthorization,
    intervalSeconds: Seconds,
    now: UnixSeconds,
  ): Promise<boolean>
  /**
   * Takes an approved one for the session, once. False when it was not approved, was taken before,
   * expired, or its user signed out, was disabled or got another password: then nothing is
   * stored.
   */
  redeem(
    deviceCodeHash: string,
    session: Session,
    credentialVersion: number,
    events: readonly NewSecurityEvent[],
  ): Promise<boolean>
  /** Deletes up to `limit` that expired; returns how many. */
  forget(now: UnixSeconds, limit: number): Promise<number>
}

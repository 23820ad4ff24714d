import type { UserId } from './ids.ts'
import type { UnixSeconds } from './time.ts'

export interface User {
  readonly id: UserId
  /** As the user wrote it, normalised to NFKC. */
  readonly username: string
  /** What makes a user name unique: case and width do not count. */
  readonly usernameKey: string
  readonly email: string | null
  /** A PHC string. */
  readonly passwordHash: string
  /** Grows whenever older credentials stop counting: a new password, a disabled account. */
  readonly credentialVersion: number
  readonly createdAt: UnixSeconds
  readonly disabledAt: UnixSeconds | null
  /** When an account that was enabled again had been disabled: tokens until then stay refused. */
  readonly previouslyDisabledAt: UnixSeconds | null
  /** Made by `mapae dev`; `mapae start` refuses to run with it. */
  readonly isDemo: boolean
}

import { MapaeError } from '../domain/errors.ts'
import type { Random, UserId } from '../domain/ids.ts'
import type { Seconds } from '../domain/time.ts'
import type { Mapae } from '../main.ts'

export const GUEST_USERNAME = 'guest'
const PASSWORD_BYTES = 18

export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * The user of the demo. Its password is random, made anew at each start and held in memory, so that
 * a page of this server can sign in without knowing the password of anybody else.
 */
export interface Guest {
  /** Makes the account, or gives it this start's password, when that is first asked for. */
  credentials(mapae: Mapae): Promise<Credentials>
  /** Access tokens of the guest live shorter than those of others, so that one sees them expire. */
  accessTokenSecondsOf(userId: UserId): Seconds | null
}

export function createGuest(accessTokenSeconds: Seconds, random: Random): Guest {
  let prepared: Promise<Credentials> | undefined
  let guestId: UserId | null = null

  async function prepare(mapae: Mapae): Promise<Credentials> {
    const password = Buffer.from(random(PASSWORD_BYTES)).toString('base64url')
    const existing = await mapae.stores.users.findByUsernameKey(GUEST_USERNAME)
    const about = { ipAddress: null, password }
    if (existing === null) {
      const account = { ...about, username: GUEST_USERNAME, email: null, isDemo: true }
      guestId = (await mapae.accounts.create(account)).id
    } else {
      // Somebody's account of that name stays theirs.
      if (!existing.isDemo) throw new MapaeError('username_taken')
      await mapae.accounts.setPassword({
        ...about,
        user: existing,
        keep: null,
        keepBrowser: null,
        by: 'operator',
      })
      guestId = existing.id
    }
    return { username: GUEST_USERNAME, password }
  }

  return {
    credentials(mapae) {
      prepared ??= prepare(mapae).catch((error: unknown) => {
        prepared = undefined
        throw error
      })
      return prepared
    },
    accessTokenSecondsOf: (userId) => (userId === guestId ? accessTokenSeconds : null),
  }
}

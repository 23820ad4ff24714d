import { randomBytes } from 'node:crypto'

import { ConfigurationError } from '../domain/errors.ts'
import type { Mapae } from '../main.ts'

export const DEMO_USERNAME = 'demo'
const LEAST_CHARACTERS = 8
const MADE_PASSWORD_BYTES = 12

/** Makes the demo user or gives it the chosen password; returns what to say of the password. */
export async function prepareDemoUser(mapae: Mapae, chosen: string | null): Promise<string> {
  if (chosen !== null && Array.from(chosen).length < LEAST_CHARACTERS) {
    throw new ConfigurationError(
      `MAPAE_DEMO_PASSWORD must have at least ${LEAST_CHARACTERS} characters.`,
    )
  }
  const existing = await mapae.stores.users.findByUsernameKey(DEMO_USERNAME)
  if (existing === null) {
    const password = chosen ?? randomBytes(MADE_PASSWORD_BYTES).toString('base64url')
    const account = { username: DEMO_USERNAME, email: null, ipAddress: null, isDemo: true }
    await mapae.accounts.create({ ...account, password })
    return chosen === null ? `${password}  (shown only this once)` : 'from MAPAE_DEMO_PASSWORD'
  }
  if (chosen === null) return 'as before; MAPAE_DEMO_PASSWORD sets another'
  const { ok } = await mapae.hasher.verify(existing.passwordHash, chosen)
  if (!ok) {
    const change = {
      user: existing,
      password: chosen,
      keep: null,
      keepBrowser: null,
      ipAddress: null,
    }
    await mapae.accounts.setPassword({ ...change, by: 'operator' })
  }
  return 'from MAPAE_DEMO_PASSWORD'
}

import type { ClientSettings } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import { checkClientSettings } from '../client-rules.ts'

export interface ReadSector {
  /** The redirect URIs that the document at a sector's address lists; null when none can be read. */
  (url: string): Promise<readonly string[] | null>
}

/**
 * Clients of one sector know users under the same names, so nobody gets into a sector who is not
 * listed there: every redirect URI of the client has to be. Whatever the reason, the answer is the
 * same. Errors: `client_refused`, `server_busy`. Spec: OpenID Connect Registration section 5.
 */
export async function checkSector(settings: ClientSettings, readSector: ReadSector): Promise<void> {
  const { sectorIdentifier, redirectUris } = settings
  // What else is wrong is told without calling anybody.
  if (sectorIdentifier === null || checkClientSettings(settings) !== null) return
  const listed = await readSector(sectorIdentifier)
  if (listed !== null && redirectUris.every((uri) => listed.includes(uri))) return
  throw new MapaeError('client_refused', {
    detail: 'sector_identifier_uri must lead to a JSON array that has all redirect URIs.',
    members: { setting: 'sectorIdentifier' },
  })
}

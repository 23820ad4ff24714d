import {
  defaultClientSettings,
  REGISTERED_ID_PREFIX,
  type Client,
  type ClientSettings,
} from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Random } from '../../domain/ids.ts'
import { networkOf } from '../../domain/network.ts'
import type { AttemptStore } from '../../domain/ports.ts'
import type { Clock } from '../../domain/time.ts'
import { countingKey } from '../../login/throttle.ts'
import type { ClientAdministration, ClientWithSecret } from '../client-administration.ts'
import type { ClientRegistry } from '../client-registry.ts'
import { isSecretOf } from '../client-secret.ts'
import { onlySignInScopes, openScopesOf } from '../scopes.ts'
import type { RegistrationTokens } from './registration-tokens.ts'
import { checkSector, type ReadSector } from './sector.ts'

const ID_BYTES = 16
/** Of one client address. */
const MOST_A_MINUTE = 10
/** As of a document: every node holds all clients in memory, and anybody makes them. */
const MOST_BYTES = 16 * 1024

export interface Registration {
  /**
   * Makes a client of what it says of itself. Its users are always asked.
   * Errors: `client_refused`, `too_many_attempts`, `server_busy`. Spec: RFC 7591 section 3.
   */
  register(
    wanted: Partial<ClientSettings>,
    ipAddress: string | null,
  ): Promise<ClientWithSecret & { readonly registrationToken: string }>
  /**
   * The client that may manage itself. Errors: `invalid_token`, the same for an unknown client and a
   * wrong token. Spec: RFC 7592 section 2, RFC 6750 section 3.
   */
  authorize(clientId: string, registrationToken: string | null): Client
  /**
   * What is left out goes back to what it is without being said. A secret may be said, and is never
   * of the client's choice. Errors: `client_refused`, `too_many_attempts`, `server_busy`.
   * Spec: RFC 7592 section 2.2.
   */
  replace(
    client: Client,
    wanted: Partial<ClientSettings>,
    saidSecret: string | undefined,
    ipAddress: string | null,
  ): Promise<ClientWithSecret>
  delete(clientId: string): Promise<void>
  /** What the client may ask its users for now, at the one API or another. */
  scopesOf(client: Client): readonly string[]
}

export interface RegistrationServices {
  readonly clients: ClientRegistry
  readonly administration: ClientAdministration
  readonly attempts: AttemptStore
  readonly tokens: RegistrationTokens
  readonly readSector: ReadSector
  readonly clock: Clock
  readonly random: Random
}

export function createRegistration(services: RegistrationServices): Registration {
  const { clients, administration, attempts, tokens, readSector, clock, random } = services

  async function count(ipAddress: string | null): Promise<void> {
    const network = networkOf(ipAddress)
    if (network === null) return
    const key = countingKey('register', network)
    const { attempts: made, endsAt } = await attempts.count(key, clock.seconds())
    if (made <= MOST_A_MINUTE) return
    throw new MapaeError('too_many_attempts', { retryAfterSeconds: endsAt - clock.seconds() })
  }

  return {
    async register(wanted, ipAddress) {
      await count(ipAddress)
      const id = REGISTERED_ID_PREFIX + Buffer.from(random(ID_BYTES)).toString('base64url')
      const settings = settingsOf(wanted, id)
      await checkSector(settings, readSector)
      const made = await administration.create(id, settings)
      return { ...made, registrationToken: tokens.make(id) }
    },

    authorize(clientId, registrationToken) {
      const client = clientId.startsWith(REGISTERED_ID_PREFIX) ? clients.find(clientId) : null
      if (registrationToken === null) throw new MapaeError('invalid_token', { challenge: 'Bearer' })
      const isRight = tokens.check(clientId, registrationToken)
      if (client === null || !isRight) {
        throw new MapaeError('invalid_token', { challenge: 'Bearer error="invalid_token"' })
      }
      return client
    },

    async replace(client, wanted, saidSecret, ipAddress) {
      await count(ipAddress)
      if (saidSecret !== undefined && !isSecretOf(client, saidSecret, clock.seconds())) {
        throw new MapaeError('client_refused', {
          detail: 'client_secret is not that of the client.',
        })
      }
      const settings = settingsOf(wanted, client.id)
      await checkSector(settings, readSector)
      return administration.replace(client.id, settings)
    },

    delete: (clientId) => administration.delete(clientId),

    scopesOf: ({ scopes }) => [...scopes, ...openScopesOf(clients)],
  }
}

/** Errors: `client_refused`. */
function settingsOf(wanted: Partial<ClientSettings>, id: string): ClientSettings {
  if (Buffer.byteLength(JSON.stringify(wanted)) > MOST_BYTES) {
    throw new MapaeError('client_refused', { detail: 'All metadata together is over 16 KiB.' })
  }
  return {
    ...defaultClientSettings,
    name: id,
    ...wanted,
    scopes: onlySignInScopes(wanted.scopes ?? ['openid']),
  }
}

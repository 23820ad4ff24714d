import { defaultClientSettings, type Client, type ClientSettings } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Random } from '../../domain/ids.ts'
import { networkOf } from '../../domain/network.ts'
import type { AttemptStore } from '../../domain/ports.ts'
import type { Clock } from '../../domain/time.ts'
import { countingKey } from '../../login/throttle.ts'
import type { ClientAdministration, ClientWithSecret } from '../client-administration.ts'
import type { ClientRegistry } from '../client-registry.ts'
import { onlyRegistrable } from './registrable-scopes.ts'
import type { RegistrationTokens } from './registration-tokens.ts'
import { REGISTERED_ID_PREFIX } from './who-registered.ts'

const ID_BYTES = 16
/** Of one client address. */
const MOST_A_MINUTE = 10

export interface Registration {
  /**
   * Makes a client of what it says of itself. Its users are always asked.
   * Errors: `client_refused`, `too_many_attempts`. Spec: RFC 7591 section 3.
   */
  register(
    wanted: Partial<ClientSettings>,
    ipAddress: string | null,
  ): Promise<ClientWithSecret & { readonly registrationToken: string }>
  /**
   * The client that may manage itself. Errors: `invalid_token`, the same for an unknown client and a
   * wrong token. Spec: RFC 7592 section 2.
   */
  authorize(clientId: string, registrationToken: string | null): Client
  /** What is left out goes back to what it is without being said. Errors: `client_refused`. */
  replace(clientId: string, wanted: Partial<ClientSettings>): Promise<Client>
  delete(clientId: string): Promise<void>
}

export interface RegistrationServices {
  readonly clients: ClientRegistry
  readonly administration: ClientAdministration
  readonly attempts: AttemptStore
  readonly tokens: RegistrationTokens
  readonly clock: Clock
  readonly random: Random
}

export function createRegistration(services: RegistrationServices): Registration {
  const { clients, administration, attempts, tokens, clock, random } = services
  return {
    async register(wanted, ipAddress) {
      const network = networkOf(ipAddress)
      if (network !== null) {
        const { attempts: count, endsAt } = await attempts.count(
          countingKey('register', network),
          clock.seconds(),
        )
        if (count > MOST_A_MINUTE) {
          const retryAfterSeconds = endsAt - clock.seconds()
          throw new MapaeError('too_many_attempts', { retryAfterSeconds })
        }
      }
      const id = REGISTERED_ID_PREFIX + Buffer.from(random(ID_BYTES)).toString('base64url')
      const made = await administration.create(id, settingsOf(wanted, id))
      return { ...made, registrationToken: tokens.make(id) }
    },

    authorize(clientId, registrationToken) {
      const client = clientId.startsWith(REGISTERED_ID_PREFIX) ? clients.find(clientId) : null
      const isRight = tokens.check(clientId, registrationToken ?? '')
      if (client === null || !isRight) {
        throw new MapaeError('invalid_token', { challenge: 'Bearer error="invalid_token"' })
      }
      return client
    },

    replace: (clientId, wanted) => administration.update(clientId, settingsOf(wanted, clientId)),

    delete: (clientId) => administration.delete(clientId),
  }
}

function settingsOf(wanted: Partial<ClientSettings>, id: string): ClientSettings {
  return {
    ...defaultClientSettings,
    name: id,
    ...wanted,
    scopes: onlyRegistrable(wanted.scopes ?? ['openid']),
  }
}

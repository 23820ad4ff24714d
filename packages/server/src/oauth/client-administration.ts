import { isDeepStrictEqual } from 'node:util'

import { MapaeError } from '../domain/errors.ts'
import type {
  Client,
  ClientSecret,
  ClientSettings,
  ClientStore,
  ResourceServer,
} from '../domain/client.ts'
import type { EventName, NewSecurityEvent } from '../domain/event.ts'
import type { Random } from '../domain/ids.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import type { ClientRegistry } from './client-registry.ts'
import { wireNameOf } from './client-metadata.ts'
import { checkClientId, checkClientSettings, type ClientFault } from './client-rules.ts'
import { hashClientSecret, makeClientSecret } from './client-secret.ts'

const MOST_SECRETS = 2

/** A client and, where one was just made, the secret that nobody can tell again. */
export interface ClientWithSecret {
  readonly client: Client
  readonly secret: string | null
}

export interface ClientAdministration {
  /** Errors: `client_refused`, `client_taken`. */
  create(id: string, settings: ClientSettings): Promise<ClientWithSecret>
  /**
   * Has the client be exactly like that, from now on. Secrets are given as their hashes; null keeps
   * those that there are. Errors: `client_refused`; `client_taken` for the name of a deleted one.
   */
  declare(
    id: string,
    settings: ClientSettings,
    secretHashes: readonly string[] | null,
  ): Promise<'created' | 'changed' | 'unchanged'>
  /** Errors: `client_refused`; `not_found`. */
  update(id: string, changes: Partial<ClientSettings>): Promise<Client>
  /**
   * The same for a client that says itself what it is: it is given a secret where it needs one and
   * has none, and loses those that it needs no more. Errors: as above.
   */
  replace(id: string, settings: ClientSettings): Promise<ClientWithSecret>
  /**
   * Makes a further secret. The one before stays valid for `overlap`, any older one does not.
   * Errors: `client_refused` for a client without secrets; `not_found`.
   */
  rotateSecret(id: string, overlap: Seconds): Promise<ClientWithSecret>
  /** Errors: `not_found`. Its name is never given again. */
  delete(id: string): Promise<void>
}

/** Writes clients, each change with its event, and has it count here at once. */
function createClientWriter(store: ClientStore, registry: ClientRegistry, clock: Clock) {
  /** Changes the client as it is now; another change in between is kept. */
  async function change(
    id: string,
    name: EventName,
    changes: (client: Client) => Partial<Client>,
  ): Promise<Client> {
    for (;;) {
      const from = await store.find(id)
      if (from === null) throw new MapaeError('not_found', { detail: `No client is called ${id}.` })
      const changed = { ...from, ...changes(from) }
      const to = { ...changed, version: from.version + 1, changedAt: clock.seconds() }
      refuse(checkClientSettings(to) ?? checkAudience(to, from.resource))
      if (await store.replace(from, to, event(name, id))) {
        registry.take([to])
        return to
      }
    }
  }

  function event(name: EventName, clientId: string): NewSecurityEvent {
    const at = clock.seconds()
    const details = { client_id: clientId }
    return { name, at, userId: null, sessionId: null, ipAddress: null, details }
  }

  /** With two resource servers of one audience, chance would say whose key tokens are encrypted to. */
  function checkAudience(to: ClientSettings, from: ResourceServer | null): ClientFault | null {
    const audience = to.resource?.audience
    if (audience === undefined || audience === from?.audience) return null
    if (registry.findResourceServer(audience) === null) return null
    return { setting: 'resource', problem: `${audience} is another client's already` }
  }

  async function insert(id: string, settings: ClientSettings, hashes: readonly string[]) {
    refuse(checkClientId(id) ?? checkClientSettings(settings) ?? checkAudience(settings, null))
    const now = clock.seconds()
    const secrets = secretsOf(hashes, now)
    const times = { createdAt: now, changedAt: now, deletedAt: null }
    const client: Client = { ...settings, id, secrets, version: 1, ...times }
    if (!(await store.insert(client, event('client.created', id)))) {
      throw new MapaeError('client_taken')
    }
    registry.take([client])
    return client
  }

  return { change, insert }
}

export function createClientAdministration(
  store: ClientStore,
  registry: ClientRegistry,
  clock: Clock,
  random: Random,
): ClientAdministration {
  const { change, insert } = createClientWriter(store, registry, clock)

  return {
    async create(id, settings) {
      const secret = usesSecret(settings) ? makeClientSecret(random) : null
      const client = await insert(id, settings, secret === null ? [] : [hashClientSecret(secret)])
      return { client, secret }
    },

    async declare(id, settings, secretHashes) {
      const known = await store.find(id)
      if (usesSecret(settings) && secretHashes === null && (known?.secrets.length ?? 0) === 0) {
        const problem = `${settings.authenticationMethod} needs client_secret_sha256, the hash of a secret`
        refuse({ setting: 'authenticationMethod', problem })
      }
      if (known === null) {
        await insert(id, settings, secretHashes ?? [])
        return 'created'
      }
      const hashes = known.secrets.map(({ hash }) => hash)
      const areSecretsSame = secretHashes === null || isDeepStrictEqual(hashes, secretHashes)
      if (areSecretsSame && isDeepStrictEqual({ ...known, ...settings }, known)) return 'unchanged'
      const secrets = areSecretsSame ? {} : { secrets: secretsOf(secretHashes, clock.seconds()) }
      await change(id, 'client.changed', () => ({ ...settings, ...secrets }))
      return 'changed'
    },

    update: (id, changes) => change(id, 'client.changed', () => changes),

    async replace(id, settings) {
      let secret: string | null = null
      const client = await change(id, 'client.changed', ({ secrets: before }) => {
        const isMissing = usesSecret(settings) && before.length === 0
        secret = isMissing ? makeClientSecret(random) : null
        const made = secret === null ? [] : secretsOf([hashClientSecret(secret)], clock.seconds())
        return { ...settings, secrets: usesSecret(settings) ? [...made, ...before] : [] }
      })
      return { client, secret }
    },

    async rotateSecret(id, overlap) {
      const now = clock.seconds()
      const secret = makeClientSecret(random)
      const newest = { hash: hashClientSecret(secret), createdAt: now, expiresAt: null }
      const client = await change(id, 'client.secret_rotated', (from) => {
        if (!usesSecret(from)) {
          const problem = `is ${from.authenticationMethod}, which uses no secret`
          refuse({ setting: 'authenticationMethod', problem })
        }
        const older = from.secrets
          .filter(({ expiresAt }) => expiresAt === null || now < expiresAt)
          .map((one) => ({ ...one, expiresAt: one.expiresAt ?? after(now, overlap) }))
        return { secrets: [newest, ...older].slice(0, MOST_SECRETS) }
      })
      return { client, secret }
    },

    async delete(id) {
      await change(id, 'client.deleted', () => ({ deletedAt: clock.seconds(), secrets: [] }))
    },
  }
}

function secretsOf(hashes: readonly string[], createdAt: UnixSeconds): ClientSecret[] {
  return hashes.map((hash) => ({ hash, createdAt, expiresAt: null }))
}

/** Whether it proves itself by a secret. */
export function usesSecret({ authenticationMethod }: ClientSettings): boolean {
  return (
    authenticationMethod === 'client_secret_basic' || authenticationMethod === 'client_secret_post'
  )
}

function refuse(fault: ClientFault | null): void {
  if (fault === null) return
  const { setting, problem } = fault
  throw new MapaeError('client_refused', {
    detail: `${wireNameOf(setting)} ${problem}.`,
    members: { setting, problem },
  })
}

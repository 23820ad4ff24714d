import { defaultClientSettings, type Client, type ClientSettings } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Clock, UnixSeconds } from '../../domain/time.ts'
import { checkClientSettings } from '../client-rules.ts'
import type { FailureThrottle } from '../failure-throttle.ts'
import { onlySignInScopes, signInScopes } from '../scopes.ts'
import { isDocumentAddress } from './document-address.ts'

/** Some kilobytes each, at most 16. */
const MOST_KNOWN = 500
const MOST_FETCHES_AT_ONCE = 16
const LEAST_SECONDS = 60
const MOST_SECONDS = 3600
const USUAL_SECONDS = 300
/** For what did not answer. */
const AGAIN_AFTER_SECONDS = 10

/** What the address that is a client's identifier says of the client. */
export interface ClientDocument {
  readonly clientId: string
  readonly settings: Partial<ClientSettings>
  /** How long it may be believed; null when it does not say. */
  readonly maxAgeSeconds: number | null
}

export interface ReadClientDocument {
  /** Null when there is no such document. Rejects when nothing can be asked there, or answers. */
  (url: string): Promise<ClientDocument | null>
}

/** Clients that nobody registered: their identifier is the address of a document about them. */
export interface ClientDocuments {
  /**
   * Null when there is no such document, or it describes a client that cannot be.
   * Errors: `server_busy` when it cannot be read now, whatever the reason: that could tell what is
   * in our network; `too_many_attempts` when one host is to be asked too often.
   */
  resolve(id: string): Promise<Client | null>
  /** Of those read lately. */
  find(id: string): Client | null
}

interface Known {
  readonly client: Client | null
  readonly isAnswered: boolean
  readonly until: UnixSeconds
}

/**
 * Keeps what was read in memory, for as long as it says within bounds; another node reads it
 * itself. `allowsHttp` is for development: then documents may be on this machine.
 */
export function createClientDocuments(
  read: ReadClientDocument,
  allowsHttp: boolean,
  throttle: FailureThrottle,
  clock: Clock,
): ClientDocuments {
  /** The one not asked for the longest first. */
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<Known>>()

  function keep(id: string, news: Known): Known {
    known.delete(id)
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
    known.set(id, news)
    return news
  }

  async function readNow(id: string): Promise<Known> {
    try {
      const document = await read(id)
      const now = clock.seconds()
      const client = document === null ? null : clientOf(id, document, now)
      const seconds = client === null ? LEAST_SECONDS : (document?.maxAgeSeconds ?? USUAL_SECONDS)
      const bounded = Math.min(Math.max(seconds, LEAST_SECONDS), MOST_SECONDS)
      return keep(id, { client, isAnswered: true, until: (now + bounded) as UnixSeconds })
    } catch (error) {
      // Nobody was asked.
      if (error instanceof MapaeError) throw error
      const until = (clock.seconds() + AGAIN_AFTER_SECONDS) as UnixSeconds
      return keep(id, { client: null, isAnswered: false, until })
    } finally {
      reading.delete(id)
    }
  }

  /** Nobody is to have this server call somebody else again and again. */
  function checkRate(id: string): void {
    if (reading.size >= MOST_FETCHES_AT_ONCE) throw new MapaeError('server_busy')
    const key = JSON.stringify(['client document', new URL(id).host])
    throttle.check(key)
    throttle.use(key)
  }

  function readOnce(id: string, isKnownClient: boolean): Promise<Known> {
    const running = reading.get(id)
    if (running !== undefined) return running
    // It is read again once a minute at most, and made up addresses must not keep its users out.
    if (!isKnownClient) checkRate(id)
    const started = readNow(id)
    reading.set(id, started)
    return started
  }

  return {
    async resolve(id) {
      if (!isDocumentAddress(id) || (id.startsWith('http:') && !allowsHttp)) return null
      const before = known.get(id)
      const isFresh = before !== undefined && clock.seconds() < before.until
      const isKnownClient = before !== undefined && before.client !== null
      const { client, isAnswered } = isFresh ? keep(id, before) : await readOnce(id, isKnownClient)
      if (!isAnswered) throw new MapaeError('server_busy')
      return client
    },
    find: (id) => known.get(id)?.client ?? null,
  }
}

/** Spec: draft-ietf-oauth-client-id-metadata-document section 4.1. Its users are always asked. */
function clientOf(id: string, document: ClientDocument, now: UnixSeconds): Client | null {
  if (document.clientId !== id) return null
  const settings = {
    ...defaultClientSettings,
    name: new URL(id).host,
    ...document.settings,
    scopes: onlySignInScopes(document.settings.scopes ?? signInScopes),
  }
  const { authenticationMethod, grants } = settings
  const isProvable = ['none', 'private_key_jwt'].includes(authenticationMethod)
  if (!isProvable || !grants.includes('authorization_code')) return null
  if (checkClientSettings(settings) !== null) return null
  return {
    ...settings,
    id,
    secrets: [],
    version: 1,
    createdAt: now,
    changedAt: now,
    deletedAt: null,
  }
}

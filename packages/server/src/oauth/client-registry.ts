import type { Client, ClientAlgorithm, ClientStore, ResourceServer } from '../domain/client.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'
import type { ClientDocuments } from './registration/client-documents.ts'
import { isDocumentAddress } from './registration/document-address.ts'

const PAGE = 500
/** A change carries the instant before its statement: every reading looks back this far. */
const READING_OVERLAP_SECONDS = 10
/** No reading brings a client again that was deleted so long ago. */
const DELETED_SECONDS = 3600

export interface SigningAlgorithms {
  readonly accessTokens: ReadonlySet<ClientAlgorithm>
  readonly idTokens: ReadonlySet<ClientAlgorithm>
}

/** The clients, held in memory: neither a token nor a web origin asks the database. */
export interface ClientRegistry {
  /** Null when there is none of that name, or not any more. */
  find(id: string): Client | null
  /**
   * The same, and reads the document of a client that is known by one when that is needed.
   * Errors: as `ClientDocuments`.
   */
  resolve(id: string): Promise<Client | null>
  /** Whether pages of this origin belong to a client. */
  isWebOrigin(origin: string): boolean
  /** Whether they belong to one that the operator calls its own. */
  isOwnWebOrigin(origin: string): boolean
  /** What the resource server of that audience asks for; null when none is registered. */
  findResourceServer(audience: string): ResourceServer | null
  /** The clients that are resource servers, by their audience. */
  resourceServers(): ReadonlyMap<string, Client>
  /** Those that are called when one of their sessions ends. */
  withBackchannelLogout(): readonly Client[]
  /** What their tokens are signed with, and those that are for them. */
  algorithms(): SigningAlgorithms
  /** Counts here at once; other processes follow. */
  take(changed: readonly Client[]): void
  /** Reads what other processes changed since the last time. */
  follow(): Promise<void>
}

/** Reads all clients, and then only what changes. */
export async function loadClients(
  store: ClientStore,
  clock: Clock,
  documents: ClientDocuments | null = null,
): Promise<ClientRegistry> {
  const clients = new Map<string, Client>()
  let webOrigins: ReadonlySet<string> = new Set()
  let ownWebOrigins: ReadonlySet<string> = new Set()
  let resourceServers: ReadonlyMap<string, Client> = new Map()
  let withBackchannelLogout: readonly Client[] = []
  let algorithms = algorithmsOf([])
  let readUntil = clock.seconds()

  function take(changed: readonly Client[]): void {
    const news = changed.filter(({ id, version }) => version > (clients.get(id)?.version ?? 0))
    if (news.length === 0) return
    for (const client of news) clients.set(client.id, client)
    const forgotten = clock.seconds() - DELETED_SECONDS
    for (const { id, deletedAt } of clients.values()) {
      if (deletedAt !== null && deletedAt < forgotten) clients.delete(id)
    }
    const all = [...clients.values()].filter(({ deletedAt }) => deletedAt === null)
    webOrigins = new Set(all.flatMap((client) => client.webOrigins))
    const own = all.filter(({ isTrusted }) => isTrusted)
    ownWebOrigins = new Set(own.flatMap((client) => client.webOrigins))
    algorithms = algorithmsOf(all)
    withBackchannelLogout = all.filter((client) => client.backchannelLogoutUri !== null)
    resourceServers = new Map(
      all.flatMap((client) =>
        client.resource === null ? [] : [[client.resource.audience, client]],
      ),
    )
  }

  function find(id: string): Client | null {
    const client = clients.get(id)
    if (client !== undefined) return client.deletedAt === null ? client : null
    return documents?.find(id) ?? null
  }

  for (let page: Client[] = []; ;) {
    page = await store.list(page.at(-1)?.id ?? '', PAGE)
    take(page)
    if (page.length < PAGE) break
  }
  return {
    find,
    async resolve(id) {
      return documents !== null && isDocumentAddress(id) ? documents.resolve(id) : find(id)
    },
    isWebOrigin: (origin) => webOrigins.has(origin),
    isOwnWebOrigin: (origin) => ownWebOrigins.has(origin),
    findResourceServer: (audience) => resourceServers.get(audience)?.resource ?? null,
    resourceServers: () => resourceServers,
    withBackchannelLogout: () => withBackchannelLogout,
    algorithms: () => algorithms,
    take,
    async follow() {
      const now = clock.seconds()
      take(await store.changedSince((readUntil - READING_OVERLAP_SECONDS) as UnixSeconds))
      readUntil = now
    },
  }
}

function algorithmsOf(clients: readonly Client[]): SigningAlgorithms {
  const ofAccessTokens = clients.flatMap(({ accessTokenAlgorithm, resource }) => [
    accessTokenAlgorithm ?? 'ES256',
    resource?.accessTokenAlgorithm ?? 'ES256',
  ])
  const signingIn = clients.filter(({ scopes }) => scopes.includes('openid'))
  return {
    accessTokens: new Set(ofAccessTokens),
    idTokens: new Set(
      signingIn.flatMap(({ idTokenAlgorithm, userinfoAlgorithm }) => [
        idTokenAlgorithm,
        ...(userinfoAlgorithm === null ? [] : [userinfoAlgorithm]),
      ]),
    ),
  }
}

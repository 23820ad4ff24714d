import { MapaeError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'
import { repeat } from '../events/repeat.ts'
import { createNoticeTask } from '../events/send-notices.ts'
import { createApp, type Connection } from '../http/app.ts'
import { createClientAddress } from '../http/client-address.ts'
import type { Logger, Mapae } from '../main.ts'
import type { MailFolder } from '../storage/mail-folder.ts'
import { homeRoutes, type Place } from '../ui/home.ts'
import type { ConsoleFiles } from './console-files.ts'
import { consoleRoutes } from './console-routes.ts'
import { demoActionRoutes } from './demo-actions.ts'
import { docsRoute } from './docs-route.ts'
import { createExampleApi } from './example-api.ts'
import type { Guest } from './guest.ts'
import { localOnly } from './local-only.ts'
import { mailRoute } from './mail-route.ts'
import type { QueryCount } from './query-count.ts'
import { sessionStyleRoutes } from './session-style.ts'

/** How long a notice may wait before it is written. */
const NOTICES_MILLISECONDS = 300

const FOR_PEOPLE: readonly Place[] = [
  { text: 'demo', path: '/demo' },
  { text: 'inspector', path: '/inspector' },
  { text: 'account', path: '/account' },
  { text: 'mail', path: '/mail' },
]

export interface DevelopmentParts {
  readonly mapae: Mapae
  readonly audience: string
  readonly guest: Guest
  /** Is told of each statement of `mapae`. */
  readonly queryCount: QueryCount
  readonly random: Random
  readonly mailFolder: MailFolder
  readonly loadConsole: () => Promise<ConsoleFiles>
  readonly logger: Logger
}

export interface Development {
  readonly fetch: Mapae['fetch']
  /** Makes the pages before somebody asks for them. */
  loadPages(): Promise<void>
  close(): Promise<void>
}

/**
 * The server with what only `mapae dev` has in front of it: the demo, the inspector, and what the
 * demo needs. Production never loads this.
 */
export async function createDevelopment(parts: DevelopmentParts): Promise<Development> {
  const { mapae, guest, queryCount, logger } = parts
  const { issuer } = mapae
  let loading: Promise<ConsoleFiles> | undefined
  const loadPages = () => (loading ??= parts.loadConsole())
  const exampleApi = createExampleApi(issuer, parts.audience, mapae.clock, queryCount)
  const routes = localOnly([
    ...homeRoutes({ issuer, mode: 'development', forPeople: FOR_PEOPLE, brand: null }),
    ...consoleRoutes(issuer, loadPages),
    docsRoute(loadPages),
    mailRoute(() => parts.mailFolder.list(), loadPages),
    ...demoActionRoutes(mapae, guest),
    exampleApi.route,
    ...sessionStyleRoutes(mapae.stores, exampleApi, queryCount, parts.random),
  ])
  const { stores, clock } = mapae
  const stopNotices = repeat(
    NOTICES_MILLISECONDS,
    await createNoticeTask(stores, parts.mailFolder, issuer, clock),
    (error) => logger.error({ err: error }, 'mailing notices failed'),
  )
  const paths = new Set<string>(routes.map(({ path }) => path))
  const app = createApp({
    routes,
    issuer,
    webOrigins: { isWebOrigin: () => false, isOwnWebOrigin: () => false },
    authenticate() {
      throw new MapaeError('not_found')
    },
    clientAddress: createClientAddress([]),
    log(entry, error) {
      if (error?.code === 'internal_error') logger.error({ ...entry, err: error.cause }, 'failed')
      else logger.debug(entry, 'answered')
    },
  })
  const isHere = (path: string) => paths.has(path) || path.startsWith('/demo/')
  return {
    loadPages: async () => void (await loadPages()),
    fetch: (request: Request, connection?: Connection) =>
      isHere(new URL(request.url).pathname)
        ? app.fetch(request, connection)
        : mapae.fetch(request, connection),
    async close() {
      exampleApi.close()
      await stopNotices()
    },
  }
}

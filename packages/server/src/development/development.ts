import { MapaeError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'
import { createApp, type Connection } from '../http/app.ts'
import { createClientAddress } from '../http/client-address.ts'
import type { Logger, Mapae } from '../main.ts'
import { homeRoutes, type Place } from '../ui/home.ts'
import type { ConsoleFiles } from './console-files.ts'
import { consoleRoutes } from './console-routes.ts'
import { demoActionRoutes } from './demo-actions.ts'
import { docsRoute } from './docs-route.ts'
import { createExampleApi } from './example-api.ts'
import type { Guest } from './guest.ts'
import { localOnly } from './local-only.ts'
import type { QueryCount } from './query-count.ts'
import { sessionStyleRoutes } from './session-style.ts'

const TRY_OUT: readonly Place[] = [
  { text: 'demo', path: '/demo' },
  { text: 'inspector', path: '/inspector' },
]

export interface DevelopmentParts {
  readonly mapae: Mapae
  readonly audience: string
  readonly guest: Guest
  /** Is told of each statement of `mapae`. */
  readonly queryCount: QueryCount
  readonly random: Random
  readonly loadConsole: () => Promise<ConsoleFiles>
  readonly logger: Logger
}

export interface Development {
  readonly fetch: Mapae['fetch']
  /** Makes the pages before somebody asks for them. */
  loadPages(): Promise<void>
  close(): void
}

/**
 * The server with what only `mapae dev` has in front of it: the demo, the inspector, and what the
 * demo needs. Production never loads this.
 */
export function createDevelopment(parts: DevelopmentParts): Development {
  const { mapae, guest, queryCount, logger } = parts
  const { issuer } = mapae
  let loading: Promise<ConsoleFiles> | undefined
  const loadPages = () => (loading ??= parts.loadConsole())
  const exampleApi = createExampleApi(issuer, parts.audience, mapae.clock, queryCount)
  const routes = localOnly([
    ...homeRoutes({ issuer, mode: 'development', tryOut: TRY_OUT }),
    ...consoleRoutes(issuer, loadPages),
    docsRoute(loadPages),
    ...demoActionRoutes(mapae, guest),
    exampleApi.route,
    ...sessionStyleRoutes(mapae.stores, exampleApi, queryCount, parts.random),
  ])
  const paths = new Set<string>(routes.map(({ path }) => path))
  const app = createApp({
    routes,
    issuer,
    isWebOrigin: () => false,
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
    close: () => exampleApi.close(),
  }
}

import { z } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import { createApp, type Connection } from '../http/app.ts'
import { createClientAddress } from '../http/client-address.ts'
import { openRoute, type Route } from '../http/route.ts'
import type { Logger, Mapae } from '../main.ts'
import { homeRoutes, type Place } from '../ui/home.ts'
import type { ConsoleFiles } from './console-files.ts'
import { consoleRoutes } from './console-routes.ts'
import { exampleApiRoute } from './example-api.ts'
import type { Guest } from './guest.ts'
import { localOnly } from './local-only.ts'

const TRY_OUT: readonly Place[] = [
  { text: 'demo', path: '/demo' },
  { text: 'inspector', path: '/inspector' },
]

export interface DevelopmentOptions {
  readonly mapae: Mapae
  readonly issuer: string
  readonly audience: string
  /** Where this server listens. */
  readonly port: number
  readonly guest: Guest
  readonly loadConsole: () => Promise<ConsoleFiles>
  readonly logger: Logger
}

export interface Development {
  readonly fetch: Mapae['fetch']
  /** Makes the pages before somebody asks for them. */
  loadPages(): Promise<void>
}

/**
 * The server with what only `mapae dev` has in front of it: the demo, the inspector, and what the
 * demo needs. Production never loads this.
 */
export function createDevelopment(options: DevelopmentOptions): Development {
  const { mapae, issuer, logger } = options
  let loading: Promise<ConsoleFiles> | undefined
  const loadPages = () => (loading ??= options.loadConsole())
  const routes = localOnly([
    ...homeRoutes({ issuer, mode: 'development', tryOut: TRY_OUT }),
    ...consoleRoutes(issuer, loadPages),
    guestRoute(mapae, options.guest),
    exampleApiRoute({
      issuer,
      audience: options.audience,
      jwksUrl: `http://127.0.0.1:${options.port}/.well-known/jwks.json`,
      clock: mapae.clock,
    }),
  ])
  const paths = new Set(routes.map(({ path }) => path))
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
  const isHere = (path: string) => paths.has(path as Route['path']) || path.startsWith('/demo/')
  return {
    loadPages: async () => void (await loadPages()),
    fetch: (request: Request, connection?: Connection) =>
      isHere(new URL(request.url).pathname)
        ? app.fetch(request, connection)
        : mapae.fetch(request, connection),
  }
}

/** Lets a page of this server sign in as the guest, over the same `/v1/login` as everybody. */
function guestRoute(mapae: Mapae, guest: Guest): Route {
  return openRoute({
    method: 'POST',
    path: '/demo/guest',
    summary: 'The user name and the password of the guest, until the next start',
    body: z.strictObject({}),
    answers: { 200: z.object({ username: z.string(), password: z.string() }) },
    errors: ['origin_not_allowed', 'username_taken'],
    handle: async () => ({ status: 200, json: { ...(await guest.credentials(mapae)) } }),
  })
}

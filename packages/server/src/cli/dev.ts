import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import type { ConsoleFiles } from '../development/console-files.ts'
import { createDevelopment, type Development } from '../development/development.ts'
import { createGuest } from '../development/guest.ts'
import { createQueryCount } from '../development/query-count.ts'
import type { Seconds } from '../domain/time.ts'
import { createMapae, type Mapae } from '../main.ts'
import { readSettings } from '../settings.ts'
import { createMailFolder } from '../storage/mail-folder.ts'
import { resolveConfig } from './config.ts'
import { prepareDemoClient } from './demo-client.ts'
import { DEMO_USERNAME, prepareDemoUser } from './demo-user.ts'
import { createLogger } from './logger.ts'
import { bind, stopSignal } from './serve.ts'
import type { Terminal } from './terminal.ts'

const LOOPBACK = '127.0.0.1'
/** Long enough to look at a token, short enough to see it expire. */
const GUEST_ACCESS_TOKEN_SECONDS = 60 as Seconds

/** `mapae dev`: everything on this machine, ready to try. */
export async function dev(terminal: Terminal): Promise<void> {
  const { environment, print } = terminal
  const settings = readSettings(environment)
  const isPortChosen = (environment['MAPAE_PORT'] ?? '') !== ''
  const server = await bind(LOOPBACK, settings.port, !isPortChosen)
  let mapae: Mapae | undefined
  let development: Development | undefined
  try {
    const logger = createLogger(settings.logLevel ?? 'warn')
    const config = resolveConfig(settings, 'dev', server.port, logger)
    const guest = createGuest(GUEST_ACCESS_TOKEN_SECONDS, randomBytes)
    const queryCount = createQueryCount()
    mapae = await createMapae({
      ...config,
      watchQuery: (sql) => queryCount.watch(sql),
      accessTokenSecondsOf: (userId) => guest.accessTokenSecondsOf(userId),
    })
    const password = await prepareDemoUser(mapae, settings.demoPassword)
    const clientId = await prepareDemoClient(mapae)
    const { audience } = config
    const mailFolder = createMailFolder(
      join(settings.dataDirectory, 'mail'),
      mapae.clock,
      randomBytes,
    )
    const parts = { mapae, audience, guest, queryCount, mailFolder, loadConsole, logger }
    development = await createDevelopment({ ...parts, random: randomBytes })
    server.serve(development.fetch)
    if (server.port !== settings.port) {
      print(`Port ${settings.port} is taken; using ${server.port}.\n`)
    }
    print(banner(`http://localhost:${server.port}`, settings.dataDirectory, password, clientId))
    // Whoever opens a page at once waits for it; the others find it made.
    development
      .loadPages()
      .catch((error: unknown) => logger.error({ err: error }, 'bundling failed'))
    await stopSignal()
  } finally {
    await development?.close()
    mapae?.announceStop()
    await server.close()
    await mapae?.close()
  }
}

/** Bundled from their sources in a clone, and by the build in what is published. */
async function loadConsole(): Promise<ConsoleFiles> {
  return (await import('#console')).loadConsole()
}

function banner(url: string, dataDirectory: string, password: string, clientId: string) {
  return `
  Mapae is running: ${url}

  Demo           ${url}/demo
  Inspector      ${url}/inspector
  Mail           ${url}/mail

  Sign in        ${url}/sign-in, or POST ${url}/v1/login
  User           ${DEMO_USERNAME}
  Password       ${password}
  Client         ${clientId}  (OpenID Connect: ${url}/.well-known/openid-configuration)

  API            ${url}/openapi.json
  Public keys    ${url}/.well-known/jwks.json
  Data           ${dataDirectory}  (delete it to start over)

  Press Ctrl+C to stop.

`
}

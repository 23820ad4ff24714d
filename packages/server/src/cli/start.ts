import { ConfigurationError } from '../domain/errors.ts'
import { createMapae, type Mapae } from '../main.ts'
import { readSettings } from '../settings.ts'
import { resolveConfig } from './config.ts'
import { DEMO_USERNAME } from './demo-user.ts'
import { createLogger } from './logger.ts'
import { bind, stopSignal } from './serve.ts'
import type { Terminal } from './terminal.ts'

/** `mapae start`: production. What is only fit for development is refused, naming the fix. */
export async function start(terminal: Terminal): Promise<void> {
  const settings = readSettings(terminal.environment)
  if (!settings.issuer?.startsWith('https://')) {
    throw new ConfigurationError(
      'MAPAE_ISSUER must be the https URL under which clients reach this server, such as https://auth.example.com.',
    )
  }
  const logger = createLogger(settings.logLevel ?? 'info')
  const mapae = await createMapae(resolveConfig(settings, 'start', settings.port, logger))
  try {
    await refuseDemoUser(mapae)
    const server = await bind(settings.host, settings.port, false)
    server.serve(mapae.fetch)
    logger.info({ host: settings.host, port: server.port, issuer: settings.issuer }, 'listening')
    await stopSignal()
    await server.close()
    logger.info({}, 'stopped')
  } finally {
    await mapae.close()
  }
}

async function refuseDemoUser({ stores }: Mapae): Promise<void> {
  const demo = await stores.users.findByUsernameKey(DEMO_USERNAME)
  if (demo?.isDemo !== true || demo.disabledAt !== null) return
  throw new ConfigurationError(
    `This database has the demo user: run "mapae user disable ${DEMO_USERNAME}" or set MAPAE_DATA_DIR to another folder.`,
  )
}

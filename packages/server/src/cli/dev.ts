import { createMapae, type Mapae } from '../main.ts'
import { readSettings } from '../settings.ts'
import { resolveConfig } from './config.ts'
import { prepareDemoClient } from './demo-client.ts'
import { DEMO_USERNAME, prepareDemoUser } from './demo-user.ts'
import { createLogger } from './logger.ts'
import { bind, stopSignal } from './serve.ts'
import type { Terminal } from './terminal.ts'

const LOOPBACK = '127.0.0.1'

/** `mapae dev`: everything on this machine, ready to try. */
export async function dev(terminal: Terminal): Promise<void> {
  const { environment, print } = terminal
  const settings = readSettings(environment)
  const isPortChosen = (environment['MAPAE_PORT'] ?? '') !== ''
  const server = await bind(LOOPBACK, settings.port, !isPortChosen)
  let mapae: Mapae | undefined
  try {
    const logger = createLogger(settings.logLevel ?? 'warn')
    mapae = await createMapae(resolveConfig(settings, 'dev', server.port, logger))
    const password = await prepareDemoUser(mapae, settings.demoPassword)
    const clientId = await prepareDemoClient(mapae)
    server.serve(mapae.fetch)
    if (server.port !== settings.port) {
      print(`Port ${settings.port} is taken; using ${server.port}.\n`)
    }
    print(banner(`http://localhost:${server.port}`, settings.dataDirectory, password, clientId))
    await stopSignal()
  } finally {
    mapae?.announceStop()
    await server.close()
    await mapae?.close()
  }
}

function banner(url: string, dataDirectory: string, password: string, clientId: string) {
  return `
  Mapae is running: ${url}

  Sign in        POST ${url}/v1/login
  User           ${DEMO_USERNAME}
  Password       ${password}
  Client         ${clientId}  (OpenID Connect: ${url}/.well-known/openid-configuration)

  API            ${url}/openapi.json
  Public keys    ${url}/.well-known/jwks.json
  Data           ${dataDirectory}  (delete it to start over)

  Press Ctrl+C to stop.

`
}

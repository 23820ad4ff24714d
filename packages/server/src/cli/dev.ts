import { randomBytes } from 'node:crypto'

import { ConfigurationError } from '../domain/errors.ts'
import { createMapae, type Mapae } from '../main.ts'
import { readSettings, type Environment } from '../settings.ts'
import { resolveConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { bind, stopSignal } from './serve.ts'

const DEMO_USERNAME = 'demo'
const LOOPBACK = '127.0.0.1'
const DEMO_PASSWORD_BYTES = 12

/** `mapae dev`: everything on this machine, ready to try. */
export async function dev(environment: Environment, print: (text: string) => void): Promise<void> {
  const settings = readSettings(environment)
  const isPortChosen = (environment['MAPAE_PORT'] ?? '') !== ''
  const server = await bind(LOOPBACK, settings.port, !isPortChosen)
  const logger = createLogger(settings.logLevel ?? 'warn')
  const config = resolveConfig(settings, 'dev', server.port, logger)
  const mapae = await createMapae(config)
  const demo = await prepareDemoUser(mapae, settings.demoPassword)
  server.serve(mapae.fetch)
  if (server.port !== settings.port) {
    print(`Port ${settings.port} is taken; using ${server.port}.\n`)
  }
  print(banner(`http://localhost:${server.port}`, settings.dataDirectory, demo))
  await stopSignal()
  await server.close()
  await mapae.close()
}

/** Returns what the banner says about the demo user's password. */
async function prepareDemoUser(mapae: Mapae, chosen: string | null): Promise<string> {
  if (chosen !== null && Array.from(chosen).length < 8) {
    throw new ConfigurationError('MAPAE_DEMO_PASSWORD must have at least 8 characters.')
  }
  const existing = await mapae.stores.users.findByUsernameKey(DEMO_USERNAME)
  if (existing === null) {
    const password = chosen ?? randomBytes(DEMO_PASSWORD_BYTES).toString('base64url')
    const account = { username: DEMO_USERNAME, email: null, ipAddress: null, isDemo: true }
    await mapae.accounts.create({ ...account, password })
    return chosen === null ? `${password}  (shown only this once)` : 'from MAPAE_DEMO_PASSWORD'
  }
  if (chosen === null) return 'as before; MAPAE_DEMO_PASSWORD sets another'
  const { ok } = await mapae.hasher.verify(existing.passwordHash, chosen)
  if (!ok) {
    const change = { user: existing, password: chosen, keep: null, ipAddress: null }
    await mapae.accounts.setPassword({ ...change, by: 'operator' })
  }
  return 'from MAPAE_DEMO_PASSWORD'
}

function banner(url: string, dataDirectory: string, demoPassword: string): string {
  return `
  Mapae is running: ${url}

  Sign in        POST ${url}/v1/login
  User           ${DEMO_USERNAME}
  Password       ${demoPassword}

  API            ${url}/openapi.json
  Public keys    ${url}/.well-known/jwks.json
  Data           ${dataDirectory}  (delete it to start over)

  Press Ctrl+C to stop.

`
}

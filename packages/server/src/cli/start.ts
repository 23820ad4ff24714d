import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'

import { ConfigurationError } from '../domain/errors.ts'
import { createMapae, type Mapae } from '../main.ts'
import { readSettings, type Settings } from '../settings.ts'
import { resolveConfig } from './config.ts'
import { GUEST_USERNAME } from '../development/guest.ts'
import { DEMO_USERNAME } from './demo-user.ts'
import { createLogger } from './logger.ts'
import { letHashesStepBack } from './hash-priority.ts'
import { bind, stopSignal, type StopSignal } from './serve.ts'
import type { Terminal } from './terminal.ts'
import { planWorkers, superviseWorkers, type WantedWorkers } from './workers.ts'
import { keepYoungGenerationSmall } from './young-generation.ts'

/** `mapae start`: production. What is only fit for development is refused, naming the fix. */
export async function start(terminal: Terminal, wanted: WantedWorkers): Promise<void> {
  const settings = readSettings(terminal.environment)
  if (!settings.issuer?.startsWith('https://')) {
    throw new ConfigurationError(
      'MAPAE_ISSUER must be the https URL under which clients reach this server, such as https://auth.example.com.',
    )
  }
  const workers = planWorkers(wanted, settings)
  if (workers === 1) return serve(settings, stopSignal)
  if (cluster.isPrimary) return superviseWorkers(workers, settings)
  const stopping = stopSignal()
  // The supervisor and a terminal may both send it: only the first counts.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  try {
    await serve(settings, () => stopping)
  } finally {
    cluster.worker?.disconnect()
  }
}

async function serve(settings: Settings, stopping: () => Promise<StopSignal>): Promise<void> {
  const logger = createLogger(settings.logLevel ?? 'info', cluster.worker?.id)
  const mapae = await createMapae(resolveConfig(settings, 'start', settings.port, logger))
  try {
    await refuseDemoUsers(mapae)
    await letHashesStepBack()
    keepYoungGenerationSmall()
    const server = await bind(settings.host, settings.port, false)
    server.serve(mapae.fetch)
    logger.info({ host: settings.host, port: server.port, issuer: settings.issuer }, 'listening')
    const signal = await stopping()
    mapae.announceStop()
    server.letGo()
    // Whoever pressed Ctrl+C waits for the prompt; load balancers are told by SIGTERM.
    if (signal === 'SIGTERM') await sleep(settings.drainSeconds * 1000)
    await server.close()
    logger.info({}, 'stopped')
  } finally {
    await mapae.close()
  }
}

async function refuseDemoUsers({ stores }: Mapae): Promise<void> {
  for (const username of [DEMO_USERNAME, GUEST_USERNAME]) {
    const user = await stores.users.findByUsernameKey(username)
    if (user?.isDemo !== true || user.disabledAt !== null) continue
    throw new ConfigurationError(
      `This database has the demo user: run "mapae user disable ${username}" or set MAPAE_DATA_DIR to another folder.`,
    )
  }
}

import { createMapae, type Mapae } from '../main.ts'
import { readSettings } from '../settings.ts'
import { resolveConfig } from './config.ts'
import { createLogger } from './logger.ts'
import type { Terminal } from './terminal.ts'

/** Runs work on the database that the settings name; a running server notices within a second. */
export async function operate<T>(
  terminal: Terminal,
  work: (mapae: Mapae) => Promise<T>,
): Promise<T> {
  const settings = readSettings(terminal.environment)
  const logger = createLogger(settings.logLevel ?? 'warn')
  const mapae = await createMapae(resolveConfig(settings, 'operate', settings.port, logger))
  try {
    return await work(mapae)
  } finally {
    await mapae.close()
  }
}

import { pino } from 'pino'

import type { Logger } from '../main.ts'
import type { Settings } from '../settings.ts'

/** JSON lines on standard error; standard output belongs to the commands. */
export function createLogger(level: NonNullable<Settings['logLevel']>): Logger {
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: false }))
}

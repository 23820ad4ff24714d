import { pino } from 'pino'

import type { Logger } from '../main.ts'
import type { Settings } from '../settings.ts'

/** JSON lines on standard error; standard output belongs to the commands. Workers name themselves. */
export function createLogger(level: NonNullable<Settings['logLevel']>, worker?: number): Logger {
  const base = worker === undefined ? null : { worker, pid: process.pid }
  return pino({ level, base }, pino.destination({ fd: 2, sync: false }))
}

import { access, statfs } from 'node:fs/promises'

import type { Command } from 'commander'

import { ConfigurationError, MapaeError } from '../domain/errors.ts'
import { createMapae } from '../main.ts'
import { readSettings, type Settings } from '../settings.ts'
import { UnreachableDatabase } from '../storage/database.ts'
import { diagnoseStorage } from '../storage/diagnosis.ts'
import { planMigrations } from '../storage/migrate.ts'
import { openDatabase } from '../storage/open-stores.ts'
import { databaseUrlOf, resolveConfig } from './config.ts'
import { DEMO_USERNAME } from './demo-user.ts'
import { CommandFailure } from './failure.ts'
import { createLogger } from './logger.ts'
import { table, type Terminal } from './terminal.ts'

const CLOCK_TOLERANCE_SECONDS = 5
const LEAST_FREE_MEBIBYTES = 512
const ISSUER_TIMEOUT_MILLISECONDS = 3_000

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('check settings, database, schema, clock, keys, issuer and disk')
    .option('--json', 'print one JSON object a finding')
    .action(async (options: { json?: boolean }) => {
      const settings = readSettings(terminal.environment)
      const findings = [
        ...(await checkDatabase(settings)),
        await checkKeys(settings),
        await checkIssuer(settings),
        await checkDisk(settings),
      ]
      terminal.print(
        options.json
          ? findings.map((finding) => `${JSON.stringify(finding)}\n`).join('')
          : report(findings),
      )
      const failures = findings.filter(({ ok }) => !ok).length
      if (failures > 0) throw new CommandFailure('failure', `${failures} of the checks failed.`)
    })
}

function report(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, ok, detail }) => [ok ? 'ok  ' : 'FAIL', check, detail])
  const fixes = findings
    .filter(({ ok }) => !ok)
    .map(({ check, fix = '' }) => `\nTo fix "${check}": ${fix}\n`)
  return table(rows) + fixes.join('')
}

async function checkDatabase(settings: Settings): Promise<Finding[]> {
  const url = databaseUrlOf(settings)
  try {
    const path = /^sqlite:(.+)/.exec(url)?.[1]
    if (path !== undefined) await access(path)
    const database = await openDatabase(url, 'requests')
    try {
      const { current, newest } = await planMigrations(database)
      const schema: Finding = {
        check: 'schema',
        ok: current === newest,
        detail: `version ${current}, this program knows ${newest}`,
        fix: 'run "mapae migrate".',
      }
      if (current === 0) return [{ check: 'database', ok: true, detail: 'empty' }, schema]
      const { damage, clockAheadSeconds } = await diagnoseStorage(database, Date.now() / 1000)
      return [
        {
          check: 'database',
          ok: damage === null,
          detail: damage ?? `${database.dialect} answers`,
          fix: 'restore a backup into an empty database with "mapae restore FILE".',
        },
        schema,
        {
          check: 'clock',
          ok: Math.abs(clockAheadSeconds) <= CLOCK_TOLERANCE_SECONDS,
          detail: `${Math.abs(Math.round(clockAheadSeconds))} s from the database's`,
          fix: 'set the clocks of this machine and the database by NTP.',
        },
      ]
    } finally {
      await database.close()
    }
  } catch (error) {
    const fix = 'look at MAPAE_DATABASE_URL and MAPAE_DATA_DIR, and whether the database runs.'
    return [failed('database', error, fix)]
  }
}

/** Opens every key with the master key, as a start does. */
async function checkKeys(settings: Settings): Promise<Finding> {
  try {
    const logger = createLogger(settings.logLevel ?? 'warn')
    const mapae = await createMapae(resolveConfig(settings, 'operate', settings.port, logger))
    try {
      const demo = await mapae.stores.users.findByUsernameKey(DEMO_USERNAME)
      const isProduction = settings.issuer?.startsWith('https://') === true
      if (isProduction && demo?.isDemo === true && demo.disabledAt === null) {
        const fix = `run "mapae user disable ${DEMO_USERNAME}".`
        return { check: 'keys and users', ok: false, detail: 'the demo user is enabled', fix }
      }
      return { check: 'keys and users', ok: true, detail: 'the master key opens all keys' }
    } finally {
      await mapae.close()
    }
  } catch (error) {
    const fix = 'give the master key that made this database in MAPAE_MASTER_KEY.'
    return failed('keys and users', error, fix)
  }
}

/** What clients will see: the issuer's own address must answer with its keys. */
async function checkIssuer(settings: Settings): Promise<Finding> {
  const issuer = settings.issuer ?? `http://localhost:${settings.port}`
  const fix = `start the server, and see that MAPAE_ISSUER is the address that reaches it.`
  try {
    const answer = await fetch(`${issuer}/.well-known/jwks.json`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ISSUER_TIMEOUT_MILLISECONDS),
    })
    const isServer = answer.headers.get('content-type')?.includes('jwk-set+json') === true
    const detail = isServer ? `${issuer} answers` : `${issuer} answers without keys`
    return { check: 'issuer', ok: answer.ok && isServer, detail, fix }
  } catch (error) {
    return { check: 'issuer', ok: false, detail: `${issuer}: ${reason(error)}`, fix }
  }
}

async function checkDisk({ dataDirectory }: Settings): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(dataDirectory)
    const freeMebibytes = Math.floor((bavail * bsize) / 1024 ** 2)
    return {
      check: 'disk',
      ok: freeMebibytes >= LEAST_FREE_MEBIBYTES,
      detail: `${freeMebibytes} MiB free in ${dataDirectory}`,
      fix: `free at least ${LEAST_FREE_MEBIBYTES} MiB there.`,
    }
  } catch (error) {
    return failed('disk', error, 'set MAPAE_DATA_DIR.')
  }
}

/** A database that cannot be reached knows its fix better than the check that met it. */
function failed(check: string, error: unknown, fix: string): Finding {
  if (error instanceof UnreachableDatabase) {
    return { check, ok: false, detail: error.fault, fix: error.fix }
  }
  return { check, ok: false, detail: reason(error), fix }
}

function reason(error: unknown): string {
  if (error instanceof MapaeError && error.cause instanceof Error) return error.cause.message
  if (error instanceof ConfigurationError) return error.message
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message
  return error instanceof Error ? error.message : String(error)
}

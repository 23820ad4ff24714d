import { readFileSync } from 'node:fs'

import { Command, CommanderError, InvalidArgumentError } from 'commander'

import { addBackupCommands } from './backup.ts'
import { addClientCommands } from './client.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEventCommands } from './events.ts'
import { exitCodes, explainFailure } from './failure.ts'
import { addKeyCommands } from './key.ts'
import { addMigrateCommand } from './migrate.ts'
import { addSessionCommands } from './session.ts'
import type { Terminal } from './terminal.ts'
import { addTokenCommands } from './token.ts'
import { addUserCommands } from './user.ts'
import type { WantedWorkers } from './workers.ts'

const MOST_WORKERS = 256

/** Runs one command line; returns its exit code. */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('mapae')
    .description('Token authentication: sign in, verify anywhere, refresh safely.')
    .version(readVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: terminal.print, writeErr: terminal.say })
    .showHelpAfterError('(add --help for more)')

  program
    .command('dev')
    .description('run on this machine with a demo user')
    .action(async () => (await import('./dev.ts')).dev(terminal))
  program
    .command('start')
    .description('run in production')
    .option('--workers <count>', 'processes that serve, or auto: one a core', workerCount, 1)
    .action(async ({ workers }: { workers: WantedWorkers }) =>
      (await import('./start.ts')).start(terminal, workers),
    )
  addMigrateCommand(program, terminal)
  addBackupCommands(program, terminal)
  addDoctorCommand(program, terminal)
  addUserCommands(program, terminal)
  addClientCommands(program, terminal)
  addKeyCommands(program, terminal)
  addSessionCommands(program, terminal)
  addEventCommands(program, terminal)
  addTokenCommands(program, terminal)

  try {
    await program.parseAsync(words, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    }
    const { text, exitCode } = explainFailure(error)
    terminal.say(`mapae: ${text}\n`)
    return exitCode
  }
}

/** The manifest lies as far above this file as above the compiled program. */
function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function workerCount(text: string): WantedWorkers {
  if (text === 'auto') return text
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_WORKERS) return count
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_WORKERS}, or auto.`)
}

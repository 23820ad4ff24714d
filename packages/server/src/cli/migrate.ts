import type { Command } from 'commander'

import { readSettings } from '../settings.ts'
import { migrate, planMigrations } from '../storage/migrate.ts'
import { openDatabase } from '../storage/open-stores.ts'
import { databaseUrlOf, makeDataDirectory } from './config.ts'
import type { Terminal } from './terminal.ts'

interface MigrateOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the schema of the database up to date')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print JSON')
    .action(async (options: MigrateOptions) => {
      const settings = readSettings(terminal.environment)
      makeDataDirectory(settings.dataDirectory)
      const database = await openDatabase(databaseUrlOf(settings), 'migrations')
      try {
        const { current, newest, pending } = await planMigrations(database)
        const names = pending.map(({ name }) => name)
        if (!options.dryRun) await migrate(database, Math.floor(Date.now() / 1000))
        if (options.json) terminal.print(`${JSON.stringify({ current, newest, pending: names })}\n`)
        else terminal.print(sentence(current, newest, names, options.dryRun === true))
      } finally {
        await database.close()
      }
    })
}

function sentence(current: number, newest: number, names: string[], isDryRun: boolean): string {
  if (names.length === 0) return `The schema is up to date (version ${current}).\n`
  const verb = isDryRun ? 'Would apply' : 'Applied'
  return `${verb} ${names.join(', ')}: schema ${current} to ${newest}.\n`
}

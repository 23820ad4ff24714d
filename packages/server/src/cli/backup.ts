import { open, rename, rm, type FileHandle } from 'node:fs/promises'

import type { Command } from 'commander'

import type { UnixSeconds } from '../domain/time.ts'
import { readSettings } from '../settings.ts'
import { restoreBackup, writeBackup, type BackupSummary } from '../storage/backup.ts'
import type { SqlDatabase } from '../storage/database.ts'
import { migrate } from '../storage/migrate.ts'
import { openDatabase } from '../storage/open-stores.ts'
import { databaseUrlOf, makeDataDirectory } from './config.ts'
import { CommandFailure } from './failure.ts'
import { instantText, type Terminal } from './terminal.ts'

export function addBackupCommands(program: Command, terminal: Terminal): void {
  program
    .command('backup <file>')
    .description('write all data to a file, while the server runs')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const summary = await withDatabase(terminal, (database) => backup(database, file))
      tell(terminal, 'Wrote', summary, options)
    })

  program
    .command('restore <file>')
    .description('put a backup into an empty database, of either engine')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const summary = await withDatabase(terminal, async (database) => {
        await migrate(database, now())
        return restore(database, file)
      })
      tell(terminal, 'Restored', summary, options)
    })
}

async function withDatabase<T>(
  terminal: Terminal,
  work: (database: SqlDatabase) => Promise<T>,
): Promise<T> {
  const settings = readSettings(terminal.environment)
  makeDataDirectory(settings.dataDirectory)
  const database = await openDatabase(databaseUrlOf(settings), 'migrations')
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** The file has its name only when it is whole and on the disk; it is for its owner only. */
async function backup(database: SqlDatabase, file: string): Promise<BackupSummary> {
  const unfinished = `${file}.unfinished`
  const handle = await openNew(unfinished)
  try {
    const summary = await writeBackup(database, now(), async (line) => {
      await handle.write(`${line}\n`)
    })
    await handle.sync()
    await rename(unfinished, file)
    return summary
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    throw new CommandFailure('failure', `Cannot write ${file}: ${(error as Error).message}`)
  }
}

async function restore(database: SqlDatabase, file: string): Promise<BackupSummary> {
  const handle = await open(file).catch((error: Error) => {
    throw new CommandFailure('failure', `Cannot read ${file}: ${error.message}`)
  })
  try {
    return await restoreBackup(database, linesOf(handle))
  } finally {
    await handle.close()
  }
}

/** Begins to read when it is asked for the first line: a reader loses lines that nobody awaits. */
async function* linesOf(handle: FileHandle): AsyncGenerator<string> {
  yield* handle.readLines({ encoding: 'utf8', autoClose: false })
}

function tell(
  terminal: Terminal,
  verb: string,
  { schema, createdAt, rows }: BackupSummary,
  { json }: { json?: boolean },
): void {
  terminal.print(
    json
      ? `${JSON.stringify({ schema, created_at: createdAt, rows })}\n`
      : `${verb} ${rows} rows of schema ${schema}, as of ${instantText(createdAt)}.\n`,
  )
}

function now(): UnixSeconds {
  return Math.floor(Date.now() / 1000) as UnixSeconds
}

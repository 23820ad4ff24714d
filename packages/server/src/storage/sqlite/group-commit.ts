import type { SqlTransaction } from '../database.ts'

interface Waiting {
  readonly operation: (transaction: SqlTransaction) => Promise<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Lets the writers that wait at the same moment share one transaction, and so one fsync, which is
 * what a durable write costs. Each runs behind its own savepoint: one that fails is undone alone.
 * A lone writer waits for nobody: the group closes at the end of the current turn of the event
 * loop. Answers leave only after the commit.
 */
export function createGroupCommit(
  transaction: SqlTransaction,
  execute: (sql: string) => void,
): <T>(operation: (transaction: SqlTransaction) => Promise<T>) => Promise<T> {
  let waiting: Waiting[] = []

  function commitGroup(): void {
    const group = waiting
    waiting = []
    void runGroup(group, transaction, execute)
  }

  return <T>(operation: (transaction: SqlTransaction) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ operation, resolve, reject })
      if (waiting.length === 1) setImmediate(commitGroup)
    })
}

/** Awaits nothing but microtasks, so the whole group is over before the next one can begin. */
async function runGroup(
  group: readonly Waiting[],
  transaction: SqlTransaction,
  execute: (sql: string) => void,
): Promise<void> {
  const settle: (() => void)[] = []
  try {
    execute('BEGIN IMMEDIATE')
    for (const one of group) {
      execute('SAVEPOINT operation')
      try {
        const value = (await one.operation(transaction)) as never
        settle.push(() => one.resolve(value))
      } catch (error) {
        execute('ROLLBACK TO operation')
        settle.push(() => one.reject(error))
      }
      execute('RELEASE operation')
    }
    execute('COMMIT')
  } catch (error) {
    try {
      execute('ROLLBACK')
    } catch {
      // There was no transaction to undo: BEGIN itself failed, or SQLite had undone it already.
    }
    for (const one of group) one.reject(error)
    return
  }
  for (const tell of settle) tell()
}

import type { SqlDatabase, SqlReader, SqlTransaction } from './database.ts'

/** Called before each statement, with its text. */
export type WatchQuery = (sql: string) => void

/** The same database, telling of each statement that it is asked to run. */
export function watchDatabase(database: SqlDatabase, watch: WatchQuery): SqlDatabase {
  return {
    dialect: database.dialect,
    ...watchReader(database, watch),
    write: (operation) =>
      database.write((transaction) => operation(watchTransaction(transaction, watch))),
    writeOne(sql, parameters) {
      watch(sql)
      return database.writeOne(sql, parameters)
    },
    snapshot: (operation) => database.snapshot((reader) => operation(watchReader(reader, watch))),
    close: () => database.close(),
  }
}

function watchTransaction(transaction: SqlTransaction, watch: WatchQuery): SqlTransaction {
  return {
    ...watchReader(transaction, watch),
    run(sql, parameters) {
      watch(sql)
      return transaction.run(sql, parameters)
    },
  }
}

function watchReader(reader: SqlReader, watch: WatchQuery): SqlReader {
  return {
    get(sql, parameters) {
      watch(sql)
      return reader.get(sql, parameters)
    },
    all(sql, parameters) {
      watch(sql)
      return reader.all(sql, parameters)
    },
  }
}

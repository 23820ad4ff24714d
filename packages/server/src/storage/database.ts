export type SqlValue = string | number | null

/** Reads from the last committed state. Parameters are `?`, in order. */
export interface SqlReader {
  get<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row | undefined>
  all<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row[]>
}

/** Inside a transaction: also sees and makes changes. Must not be kept after it. */
export interface SqlTransaction extends SqlReader {
  /** Returns how many rows changed. */
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>
}

/**
 * What the tables need of an engine. SQL is written once for all engines: instants are integers,
 * JSON is text, there are no booleans, and identity never depends on `lower()` or `LIKE`.
 */
export interface SqlDatabase extends SqlReader {
  /**
   * Runs the operation in a transaction and resolves after its commit. An operation that throws
   * leaves nothing behind. It may await nothing but the transaction it is given.
   */
  write<T>(operation: (transaction: SqlTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

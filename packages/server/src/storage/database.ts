import { MapaeError } from '../domain/errors.ts'

export type SqlValue = string | number | null

export type Dialect = 'sqlite' | 'postgres'

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
  readonly dialect: Dialect
  /**
   * Runs the operation in a transaction and resolves after its commit. An operation that throws
   * leaves nothing behind. It may await nothing but the transaction it is given, and it may run
   * again from its start when the engine asks for it.
   */
  write<T>(operation: (transaction: SqlTransaction) => Promise<T>): Promise<T>
  /** One statement as a whole transaction, one round trip; resolves with what it `RETURNING`s. */
  writeOne<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row[]>
  /** Reads of one moment, however long the operation takes; writers go on meanwhile. */
  snapshot<T>(operation: (reader: SqlReader) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** No connection could be made: for whoever runs this program, so it says where and why. */
export class UnreachableDatabase extends MapaeError {
  readonly fault: string
  readonly fix: string

  constructor(fault: string, fix: string, cause: unknown) {
    super('storage_unavailable', { detail: `${fault} ${fix}`, retryAfterSeconds: 1, cause })
    this.name = 'UnreachableDatabase'
    this.fault = fault
    this.fix = fix
  }
}

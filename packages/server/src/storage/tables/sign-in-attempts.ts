import type { CountedSignIn, SignInAttempt } from '../../domain/ports.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'
import { arraysOf, fromArrays, type ArrayColumn } from '../postgres/arrays.ts'
import { createGather } from '../postgres/gather.ts'
import {
  statements as ofWindows,
  whenCounted,
  windowOf,
  type AttemptRow,
} from './attempt-windows.ts'
import { statements as ofUsers, userColumns, userOf, type UserRow } from './users.ts'

const attemptColumns: readonly ArrayColumn<SignInAttempt>[] = [
  { name: 'typed_key', type: 'text', of: ({ usernameKey }) => usernameKey },
  { name: 'from_network', type: 'text', of: ({ network }) => network },
  { name: 'account_key', type: 'text', of: ({ accountKey }) => accountKey },
  {
    name: 'account_key_at_known_address',
    type: 'text',
    of: ({ accountKeyAtKnownAddress }) => accountKeyAtKnownAddress,
  },
  { name: 'address_key', type: 'text', of: ({ addressKey }) => addressKey },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
]

/** By an application or by a browser. */
const isKnown = `SELECT 1 AS is_known FROM sessions WHERE user_id = ? AND network = ?
  UNION ALL SELECT 1 FROM browser_sessions WHERE user_id = ? AND network = ? LIMIT 1`
const isKnownOfFound = ['users.id', 'from_network', 'users.id', 'from_network'].reduce(
  (sql, column) => sql.replace('?', column),
  isKnown,
)

export const statements = {
  sqlite: { isKnown },
  postgres: {
    /**
     * For many attempts at once. Two of them may count under one key: it is counted once, by as many
     * as there are, and each takes its turn of the sum. Rows are locked in the order of their keys,
     * so that no two statements wait for each other.
     */
    countSignIns: `WITH asked AS (SELECT * FROM ${fromArrays(attemptColumns, 'one')}),
      found AS MATERIALIZED (
        SELECT place, at, address_key, CASE WHEN is_known IS NULL
            THEN account_key ELSE account_key_at_known_address END AS account_key,
          ${userColumns.map((column) => `users.${column}`).join(', ')}
        FROM asked LEFT JOIN users ON username_key = typed_key
          LEFT JOIN LATERAL (${isKnownOfFound})
            AS earlier ON true),
      counted AS (
        INSERT INTO attempts (key, attempts, window_started_at)
        SELECT key, COUNT(*), MAX(at) FROM (
            SELECT account_key AS key, at FROM found
            UNION ALL SELECT address_key, at FROM found) AS counters
          WHERE key IS NOT NULL GROUP BY key ORDER BY key COLLATE "C"
        ${whenCounted})
      SELECT found.*, account.attempts AS account_attempts,
        account.window_started_at AS account_started_at, address.attempts AS address_attempts,
        address.window_started_at AS address_started_at
      FROM found JOIN counted AS account ON account.key = account_key
        LEFT JOIN counted AS address ON address.key = address_key
      ORDER BY place`,
  },
}

/** Gathered on PostgreSQL; on SQLite several share a commit. */
export function createCountSignIn(
  database: SqlDatabase,
): (attempt: SignInAttempt) => Promise<CountedSignIn> {
  if (database.dialect === 'sqlite') {
    return (attempt) => database.write((transaction) => countOne(transaction, attempt))
  }
  return createGather<SignInAttempt, CountedSignIn>(
    (attempt) => attempt,
    async (attempt) => (await countMany(database, [attempt]))[0]!,
    (attempts) => countMany(database, attempts),
  )
}

async function countOne(
  transaction: SqlTransaction,
  attempt: SignInAttempt,
): Promise<CountedSignIn> {
  const { usernameKey, network, addressKey, at } = attempt
  const row = await transaction.get<UserRow>(ofUsers.findByUsernameKey, [usernameKey])
  const whoAndWhere = [row?.id ?? null, network]
  const known = await transaction.get(statements.sqlite.isKnown, [...whoAndWhere, ...whoAndWhere])
  const key = known === undefined ? attempt.accountKey : attempt.accountKeyAtKnownAddress
  const count = async (counted: string) =>
    windowOf((await transaction.get<AttemptRow>(ofWindows.count, [counted, at]))!)
  return {
    user: userOf(row),
    account: await count(key),
    address: addressKey === null ? null : await count(addressKey),
  }
}

interface CountedRow {
  account_key: string
  account_attempts: number
  account_started_at: number
  address_key: string | null
  address_attempts: number | null
  address_started_at: number | null
}

async function countMany(
  database: SqlDatabase,
  attempts: readonly SignInAttempt[],
): Promise<CountedSignIn[]> {
  const rows = await database.writeOne<CountedRow & (UserRow | { id: null })>(
    statements.postgres.countSignIns,
    arraysOf(attemptColumns, attempts),
  )
  const takeTurn = createTurns(rows.flatMap((row) => [row.account_key, row.address_key]))
  return rows.map((row) => ({
    user: row.id === null ? null : userOf(row),
    account: takeTurn(row.account_key, row.account_attempts, row.account_started_at),
    address:
      row.address_key === null
        ? null
        : takeTurn(row.address_key, row.address_attempts!, row.address_started_at!),
  }))
}

/** Of the sum after all: the first of three that made it seven is the fifth. */
function createTurns(keys: readonly (string | null)[]) {
  const left = new Map<string | null, number>()
  for (const key of keys) left.set(key, (left.get(key) ?? 0) + 1)
  return (key: string, sum: number, window_started_at: number) => {
    const after = left.get(key)! - 1
    left.set(key, after)
    return windowOf({ key, attempts: sum - after, window_started_at })
  }
}

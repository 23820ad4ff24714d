import type { IssuerConstantStore } from '../../domain/ports.ts'
import type { SqlDatabase } from '../database.ts'

export const statements = {
  insert: `INSERT INTO issuer_constants (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`,
  find: `SELECT value FROM issuer_constants WHERE name = ?`,
}

export function createIssuerConstantStore(database: SqlDatabase): IssuerConstantStore {
  return {
    async settle(name, candidate) {
      const known = await find(database, name)
      if (known !== undefined) return known
      await database.writeOne(statements.insert, [name, candidate])
      return (await find(database, name))!
    },
  }
}

async function find(database: SqlDatabase, name: string): Promise<string | undefined> {
  return (await database.get<{ value: string }>(statements.find, [name]))?.value
}

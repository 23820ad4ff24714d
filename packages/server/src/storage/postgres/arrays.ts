import type { SqlValue } from '../database.ts'

/** A column of rows that a statement gets as one array a column. */
export interface ArrayColumn<Item> {
  readonly name: string
  readonly type: 'text' | 'bigint'
  readonly of: (item: Item) => SqlValue
}

/** What a FROM clause takes for the items: their columns by name, and `place`, from 1 on. */
export function fromArrays(columns: readonly ArrayColumn<never>[], alias: string): string {
  const arrays = columns.map(({ type }) => `CAST(? AS ${type}[])`)
  const names = columns.map(({ name }) => name)
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS ${alias} (${names.join(', ')}, place)`
}

/** Its parameters: however many items there are, as many as there are columns. */
export function arraysOf<Item>(
  columns: readonly ArrayColumn<Item>[],
  items: readonly Item[],
): string[] {
  return columns.map(({ of }) => `{${items.map((item) => elementOf(of(item))).join(',')}}`)
}

/** As PostgreSQL writes it. */
function elementOf(value: SqlValue): string | number {
  if (value === null) return 'NULL'
  return typeof value === 'number' ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`
}

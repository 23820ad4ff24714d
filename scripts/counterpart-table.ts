import { readFileSync } from 'node:fs'

const { devDependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { devDependencies: Record<string, string> }

/** What the test runner tells of a test, as far as the table needs it. */
export interface TestEvent {
  readonly type: string
  readonly data: {
    readonly name?: string
    readonly nesting?: number
    readonly file?: string
    readonly skip?: string | boolean
  }
}

const COUNTERPART = /[\\/]tests[\\/]counterparts[\\/]/
const FLOW = /^(.*?): (.*)$/s
const RESULTS: Readonly<Record<string, string>> = { 'test:pass': 'works', 'test:fail': 'FAILS' }

/**
 * A reporter for the test runner: after everything, one line for each counterpart and flow, from what
 * its test came to. Tests are called `counterpart: flow`. Nothing when none of them ran.
 */
// oxlint-disable-next-line import/no-default-export -- it is what the test runner takes
export default async function* counterpartTable(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const rows: string[][] = []
  for await (const { type, data } of events) {
    const result = RESULTS[type]
    const isFlow = data.nesting === 0 && COUNTERPART.test(data.file ?? '')
    const [, counterpart, flow] = FLOW.exec(data.name ?? '') ?? []
    if (result === undefined || !isFlow || counterpart === undefined) continue
    const version = devDependencies[counterpart] ?? ''
    rows.push([counterpart, version, skipped(data.skip) ? 'skipped' : result, flow!])
  }
  if (rows.length > 0) yield `\ncounterparts, as they are published:\n${inColumns(rows)}\n`
}

function skipped(skip: string | boolean | undefined): boolean {
  return skip !== undefined && skip !== false
}

function inColumns(rows: readonly (readonly string[])[]): string {
  const sorted = rows.toSorted(([one], [other]) => one!.localeCompare(other!, 'en'))
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return sorted
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`)
    .join('\n')
}

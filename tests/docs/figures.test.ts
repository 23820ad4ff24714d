import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { speedTable, strictnessTable, type Results } from '../../bench/jwt/report.ts'
import { ROOT } from '../repository/source-file.ts'
import { readPage } from './pages.ts'

// Pages hold copies of what was measured: these tests compare both.

type Row = readonly string[]

function newestResults(bench: string): string {
  const folder = join(ROOT, 'bench', bench, 'results')
  const newest = readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d-\d\d\.\w+$/.test(name))
    .toSorted()
    .at(-1)
  assert.ok(newest !== undefined, bench)
  return readFileSync(join(folder, newest), 'utf8')
}

/** Every table of a text, without the line below its head and without how wide columns are. */
function tablesOf(text: string): Row[][] {
  const lines = text.split('\n').map((line) =>
    /^\|.*\|$/.test(line) && !/^[|: -]+$/.test(line)
      ? line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim())
      : line.startsWith('|'),
  )
  const tables: Row[][] = [[]]
  for (const line of lines) {
    if (line === false) tables.push([])
    else if (line !== true) tables.at(-1)!.push(line)
  }
  return tables.filter((table) => table.length > 0)
}

/** The first table of a text in which this stands. */
function tableWith(text: string, mark: string): Row[] {
  const found = tablesOf(text).find((rows) => rows.some((row) => row.join(' ').includes(mark)))
  assert.ok(found !== undefined, mark)
  return found
}

/** What is left of a translation: its figures. */
function figuresOf(rows: readonly Row[]): Row[] {
  return rows.map((row) => row.flatMap((cell) => cell.replaceAll(',', '').match(/\d[\d.]*/g) ?? []))
}

test('packages/jwt/README.md: both tables are those of the newest run', () => {
  const results = JSON.parse(newestResults('jwt')) as Results
  const { text } = readPage('packages/jwt/README.md')
  const made = [speedTable(results), strictnessTable(results.strictness)].flatMap(tablesOf)
  assert.equal(made.length, 3)
  for (const table of made) assert.deepEqual(tableWith(text, table[0]!.at(-1)!), table)
})

test('packages/verify/README.md: what a token adds is that of the newest run', () => {
  const [kept, fresh] = newestResults('verify')
    .split(/^## /m)
    .filter((section) => section.includes('| above the floor |'))
    .map((section) => tableWith(section, 'above the floor').slice(1))
  const asked = (rows: readonly Row[]) => rows.filter(([name]) => !name!.includes('no token asked'))
  const expected = asked(kept!).map(([, , above], index) => [
    String(Math.round(Number(above))),
    String(Math.round(Number(asked(fresh!)[index]![2]))),
  ])
  const shown = tableWith(readPage('packages/verify/README.md').text, '@mapae/verify').slice(1)
  assert.deepEqual(
    shown.map((row) => row.slice(1)),
    expected,
  )
})

for (const language of ['en', 'ko']) {
  test(`docs/${language}: what revocations cost is that of the newest runs`, () => {
    const pageOf = (name: string) => readPage(`docs/${language}/${name}.md`).text
    const run = newestResults('revocations')
    const measured = tableWith(run, 'p99').map((row) => row.slice(0, -1))
    assert.deepEqual(figuresOf(tableWith(pageOf('revocations'), 'p99')), figuresOf(measured))

    const feed = newestResults('verify')
    const bytes = tableWith(feed, 'a snapshot of').map((row) => row[1]!)
    const millions = (text: string, digits: number) => (Number(text) / 1e6).toFixed(digits)
    const shown = figuresOf(tableWith(pageOf('verifying'), '433')).flatMap(
      (row) => row.at(-1) ?? [],
    )
    assert.deepEqual(shown, [bytes[1], bytes[2], millions(bytes[3]!, 2), millions(bytes[4]!, 1)])

    const hundredMillion = figuresOf(tableWith(feed, 'days until')).slice(1)
    assert.deepEqual(figuresOf(tableWith(pageOf('verifying'), '8,488')).slice(1), hundredMillion)
  })
}

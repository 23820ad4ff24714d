import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fillPage, makeTables } from '../../scripts/docs-tables.ts'
import { readPages } from './pages.ts'

const WRITE = 'run: node --conditions=mapae-source scripts/docs.ts'

for (const language of ['en', 'ko'] as const) {
  test(`the tables of docs/${language} are those of the program`, async () => {
    const tables = await makeTables(language)
    const pages = readPages().filter(({ path }) => path.startsWith(`docs/${language}/`))
    const stale = pages.filter(({ text }) => fillPage(text, tables) !== text)
    assert.deepEqual(
      stale.map(({ path }) => path),
      [],
      WRITE,
    )
    const all = pages.map(({ text }) => text).join('\n')
    for (const [name, made] of Object.entries(tables)) {
      assert.ok(all.includes(`<!-- table: ${name} -->`), `no page shows the table ${name}`)
      assert.ok(made.split('\n').length > 5)
    }
  })
}

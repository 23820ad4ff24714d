// Writes the tables of docs/en and docs/ko anew from the tables of the program:
//
//   node --conditions=mapae-source scripts/docs.ts
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { fillPage, makeTables } from './docs-tables.ts'

for (const language of ['en', 'ko'] as const) {
  const folder = fileURLToPath(new URL(`../docs/${language}/`, import.meta.url))
  const tables = await makeTables(language)
  for (const name of globSync('*.md', { cwd: folder })) {
    const text = readFileSync(folder + name, 'utf8')
    const filled = fillPage(text, tables)
    if (filled === text) continue
    writeFileSync(folder + name, filled)
    console.log(`docs/${language}/${name}: tables written`)
  }
}

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { allowedFor, LAYERS } from '../repository/import-directions.ts'
import { ROOT } from '../repository/source-file.ts'
import { codeBlocks, readPage } from './pages.ts'

const SERVER = 'packages/server/src/'
const LONGEST_TRACE = 6
const page = readPage('ARCHITECTURE.md')

test('every file and folder that the page names is there', () => {
  const named = [...page.text.matchAll(/`([\w@./-]+\/[\w./-]+)`/g)].map(([, path]) => path!)
  const paths = named.filter((path) => !path.startsWith('@'))
  assert.ok(paths.length > 20)
  const missing = paths.filter(
    (path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, SERVER, path)),
  )
  assert.deepEqual(missing, [])
})

test('every arrow of the picture is an import that is allowed', () => {
  const picture = codeBlocks(page).find(({ language }) => language === 'mermaid')!.text
  const labels = new Map(
    [...picture.matchAll(/(\w+)\["<b>([\w.@/]+)<\/b>/g)].map(([, a, b]) => [a!, b!]),
  )
  const arrows = [...picture.matchAll(/^ *(\w+)(?:\[.*?\])? --> (\w+)/gm)]
  assert.ok(arrows.length >= LAYERS.length)
  for (const [, from, to] of arrows) {
    if (labels.get(to!) === '@mapae/jwt') continue
    const layer = LAYERS.find(({ part }) => part === labels.get(from!))
    assert.ok(layer, `${from} is no part`)
    assert.ok(allowedFor(layer).includes(labels.get(to!)!), `${from} must not import ${to}`)
  }
})

const TRACES = [
  'Signing in, file by file',
  'Refreshing, file by file',
  'An application signs a user in, file by file',
]

test('a stranger follows each trace through six files', () => {
  for (const heading of TRACES) {
    const section = page.text.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!
    const files = [...section.matchAll(/^\| `(\S+\.ts)` /gm)]
    assert.ok(files.length > 1 && files.length <= LONGEST_TRACE, `${heading}: ${files.length}`)
  }
})

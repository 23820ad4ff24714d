import assert from 'node:assert/strict'
import { test } from 'node:test'

import { findFault } from '../conformance/named-test.ts'
import { readPage } from './pages.ts'

const ROW = /^\| *\d+(?:\.\d+)+ *\|.*$/gm
const LINK = /\[([^\]]+)\]\(\.\.\/\.\.\/([^)]+)\)/g

for (const path of ['docs/en/standards.md', 'docs/ko/standards.md']) {
  test(`${path}: each line names tests, and they are there`, () => {
    const rows = readPage(path).text.match(ROW) ?? []
    assert.ok(rows.length >= 40, `${rows.length} lines`)
    for (const row of rows) {
      const tests = [...row.matchAll(LINK)].map(([, name, file]) => ({ name: name!, file: file! }))
      assert.ok(tests.length > 0, row)
      for (const one of tests) assert.equal(findFault(one), null, row)
    }
  })
}

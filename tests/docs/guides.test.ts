import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readPages, stepsOf } from './pages.ts'
import { isPrintedAsStated } from './printed-as-stated.ts'
import { runPage } from './run-page.ts'

// The Korean pages hold the same commands: translations.test.ts compares them.
const guides = readPages().filter(({ path }) => path.startsWith('docs/en/'))
const runnable = guides.filter((page) => stepsOf(page).length > 0)

for (const page of runnable) {
  test(`${page.path}: every command works and prints what is said`, async () => {
    const { steps } = await runPage(page)
    for (const { status, commands, output, expected, line } of steps) {
      assert.equal(status, 0, `${page.path}:${line} failed:\n${commands}\n${output}`)
      if (expected === null) continue
      assert.ok(isPrintedAsStated(output, expected), `${page.path}:${line} printed:\n${output}`)
    }
  })
}

import { test } from 'node:test'

import { readPages, stepsOf, type Page } from './pages.ts'
import { assertRanAsStated } from './printed-as-stated.ts'
import { runPage } from './run-page.ts'

// The Korean pages hold the same commands: translations.test.ts compares them.
const guides = readPages().filter(({ path }) => path.startsWith('docs/en/'))
const runnable = guides.filter((page) => stepsOf(page).length > 0 && !isRunElsewhere(page))

/** Its code is run along with its commands, by a test of its own. */
function isRunElsewhere({ path }: Page): boolean {
  return path === 'docs/en/connecting.md'
}

for (const page of runnable) {
  test(`${page.path}: every command works and prints what is said`, async () => {
    const { steps } = await runPage(page)
    assertRanAsStated(page, steps)
  })
}

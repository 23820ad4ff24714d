import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ROOT } from '../repository/source-file.ts'
import { readPage, stepsOf } from './pages.ts'
import { isPrintedAsStated } from './printed-as-stated.ts'

const pictures = [
  { page: 'README.md', picture: 'docs/pictures/walkthrough.svg' },
  { page: 'README.ko.md', picture: 'docs/pictures/walkthrough.ko.svg' },
]

for (const { page, picture } of pictures) {
  test(`${picture} shows the walk-through of ${page}: scripts/readme-picture.ts draws it`, () => {
    const drawn = readLines(picture)
    const steps = stepsOf(readPage(page)).filter(({ commands }) => /^# \d/.test(commands))
    assert.equal(steps.length, 8)
    for (const { commands, expected } of steps) {
      const shown = commands.split('\n').filter((line) => /^#|curl/.test(line))
      for (const line of shown) {
        assert.ok(drawn.includes(line) || drawn.includes(`$ ${line}`), `not drawn: ${line}`)
      }
      for (const line of expected!.split('\n')) {
        assert.ok(
          drawn.some((one) => isPrintedAsStated(one, line)),
          `not drawn: ${line}`,
        )
      }
    }
  })
}

function readLines(picture: string): string[] {
  const svg = readFileSync(join(ROOT, picture), 'utf8')
  return [...svg.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, content]) =>
    content!
      .replaceAll(/<[^>]+>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )
}

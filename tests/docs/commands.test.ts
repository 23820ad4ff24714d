import assert from 'node:assert/strict'
import { test } from 'node:test'

import { run } from '../../packages/server/src/cli/program.ts'
import { readPage } from './pages.ts'

/** The commands that the program itself lists, such as `user create`. */
async function listCommands(parents: readonly string[] = []): Promise<string[]> {
  let help = ''
  await run([...parents, '--help'], {
    environment: {},
    input: process.stdin,
    print: (text) => (help += text),
    say: () => {},
  })
  const section = help.split('\nCommands:\n')[1]
  if (section === undefined) return [parents.join(' ')]
  const names = [...section.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name!)
  const own = names.filter((name) => name !== 'help')
  return (await Promise.all(own.map((name) => listCommands([...parents, name])))).flat()
}

for (const path of ['docs/en/command-line.md', 'docs/ko/command-line.md']) {
  test(`${path} has every command, and none that is not there`, async () => {
    const rows = [...readPage(path).text.matchAll(/^\| `mapae ([a-z][a-z -]*?)(?: [A-Z]+)?`/gm)]
    assert.deepEqual(rows.map(([, name]) => name!).toSorted(), (await listCommands()).toSorted())
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import counterpartTable, { type TestEvent } from '../counterpart-table.ts'

async function tableOf(...events: TestEvent[]): Promise<string> {
  const came = (async function* () {
    yield* events
  })()
  let printed = ''
  for await (const part of counterpartTable(came)) printed += part
  return printed
}

const event = (type: string, name: string, more: object = {}): TestEvent => ({
  type: `test:${type}`,
  data: { name, nesting: 0, file: '/somewhere/tests/counterparts/a.test.ts', ...more },
})

test('what the tests of counterparts came to is printed, sorted, and nothing else', async () => {
  const printed = await tableOf(
    event('start', 'passport: starts'),
    event('pass', 'passport: signs in: twice'),
    event('fail', 'a page: refuses'),
    event('pass', 'express: in another part', { file: '/somewhere/tests/attacks/a.test.ts' }),
    event('pass', 'express: a step', { nesting: 1 }),
    event('pass', 'no flow'),
    event('pass', 'passport: no browser', { skip: 'no browser here' }),
    event('pass', 'passport: with one', { skip: false }),
  )
  const lines = printed.trimEnd().split('\n').slice(2)
  assert.deepEqual(
    lines.map((line) => line.replaceAll(/ {2,}/g, ' | ').replace(/\d+\.\d+\.\d+/, 'VERSION')),
    [
      ' | a page | FAILS | refuses',
      ' | passport | VERSION | works | signs in: twice',
      ' | passport | VERSION | skipped | no browser',
      ' | passport | VERSION | works | with one',
    ],
  )
})

test('without counterparts nothing is printed', async () => {
  assert.equal(await tableOf(event('pass', 'no flow')), '')
})

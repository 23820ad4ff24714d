import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stepsOf } from './pages.ts'
import { isPrintedAsStated } from './printed-as-stated.ts'

test('commands are the sh blocks, their output the text block that follows at once', () => {
  const text = [
    'A page.',
    '```sh',
    'echo one',
    '```',
    '',
    '```text',
    'one',
    '```',
    '```sh',
    'echo two',
    '```',
    'Something else prints:',
    '```text',
    'three',
    '```',
  ].join('\n')
  assert.deepEqual(stepsOf({ path: 'page.md', text }), [
    { commands: 'echo one\n', line: 2, expected: 'one' },
    { commands: 'echo two\n', line: 9, expected: null },
  ])
})

test('output is what a page says when all but the … parts are equal', () => {
  assert.ok(isPrintedAsStated('{"id":"AaI","n":1}\r\n', '{"id":"…","n":1}'))
  assert.ok(!isPrintedAsStated('{"id":"","n":1}', '{"id":"…","n":1}'))
  assert.ok(!isPrintedAsStated('{"id":"AaI","n":12}', '{"id":"…","n":1}'))
  assert.ok(!isPrintedAsStated('a\nb c', 'a … c'))
  assert.ok(!isPrintedAsStated('one (or two)\nmore', 'one (or two)'))
})

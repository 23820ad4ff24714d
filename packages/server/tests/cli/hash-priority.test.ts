import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { test } from 'node:test'

import { letHashesStepBack } from '../../src/cli/hash-priority.ts'

test('the threads that hash step back, the one that answers does not', async () => {
  const before = getPriority()
  await letHashesStepBack()
  assert.equal(getPriority(), before)
  if (process.platform !== 'linux') return
  const niceness = readdirSync('/proc/self/task')
    .filter((thread) =>
      readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv-worker'),
    )
    .map((thread) => getPriority(Number(thread)))
  assert.ok(niceness.length >= 4)
  assert.deepEqual(new Set(niceness), new Set([10]))
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const MODULE = new URL('../../src/cli/young-generation.ts', import.meta.url).href

/** Makes objects of which many live for a while, as under load, and prints the sizes in MiB. */
const load = (prepare: string) => `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { setImmediate as turn } from 'node:timers/promises'
  const size = () => getHeapSpaceStatistics()
    .find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20
  ${prepare}
  let alive = []
  let most = 0
  for (let round = 0; round < 400; round++) {
    for (let index = 0; index < 2_000; index++) alive.push({ index, pair: [index, round] })
    if (alive.length > 40_000) alive = alive.slice(20_000)
    most = Math.max(most, size())
    await turn()
  }
  console.log(most)`

function mostMebibytes(prepare: string): number {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', load(prepare)],
    { encoding: 'utf8' },
  )
  assert.equal(stderr, '')
  return Number(stdout)
}

test('the young generation grows to what it needs and no further', () => {
  const kept = mostMebibytes(
    `const { keepYoungGenerationSmall } = await import('${MODULE}'); keepYoungGenerationSmall()`,
  )
  // V8 doubles it: from the last size below 8 MiB it may come to almost 16.
  assert.ok(kept >= 8 && kept < 16, `${kept} MiB`)
  assert.ok(mostMebibytes('') >= 32, 'left alone it grows: the test sees a difference')
})

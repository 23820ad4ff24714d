import { availableParallelism, cpus } from 'node:os'
import { createGroups } from './groups.ts'
import { measure, type Measured } from './measure.ts'
import { writeReport, type Results } from './report.ts'
import { measureStrictness } from './strictness.ts'

// How fast are signing and verifying, against the bare primitive and the peers, and what does each
// accept that it should not? npm run bench:jwt, or with -- --quick, which keeps nothing.
const isQuick = process.argv.includes('--quick')
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
const options = { rounds: isQuick ? 11 : 41, roundMilliseconds: 25 }
const started = new Date()

const groups: { name: string; rows: Measured[] }[] = []
for (const { name, subjects } of createGroups(Math.floor(started.getTime() / 1000))) {
  if (only !== undefined && !name.includes(only)) continue
  const rows = await measure(subjects, options)
  groups.push({ name, rows })
  console.log(name)
  for (const { name: who, microseconds, ratio } of rows) {
    console.log(
      `  ${who.padEnd(34)} ${microseconds.toFixed(2).padStart(9)} µs  ${ratio.toFixed(2)}x`,
    )
  }
}

const strictness = await measureStrictness()
console.log('bad tokens accepted, and good ones refused')
for (const { name, accepted, shown, refusedGood } of strictness) {
  const total = Object.values(accepted).reduce((sum, count) => sum + count, 0)
  console.log(`  ${name.padEnd(34)} ${total} of ${shown}, ${refusedGood} good ones refused`)
}

if (!isQuick && only === undefined) {
  const date = started.toISOString().slice(0, 10)
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`
  writeReport({ date, machine, groups, strictness } satisfies Results)
}

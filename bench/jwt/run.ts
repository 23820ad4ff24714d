import { createGroups } from './groups.ts'
import { measure } from './measure.ts'

const isQuick = process.argv.includes('--quick')
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
const options = isQuick
  ? { rounds: 11, roundMilliseconds: 25 }
  : { rounds: 41, roundMilliseconds: 25 }

for (const group of createGroups(Math.floor(Date.now() / 1000))) {
  if (only !== undefined && !group.name.includes(only)) continue
  console.log(group.name)
  for (const { name, microseconds, ratio } of await measure(group.subjects, options)) {
    console.log(
      `  ${name.padEnd(34)} ${microseconds.toFixed(2).padStart(9)} µs  ${ratio.toFixed(2)}x`,
    )
  }
}

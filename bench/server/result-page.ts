import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

import type { Floor } from './floors.ts'
import type { Start } from './memory.ts'
import type { Share } from './profile.ts'
import type { Measured } from './rounds.ts'

export interface Results {
  readonly date: Date
  readonly command: string
  readonly loadBefore: number
  readonly rounds: number
  readonly measured: readonly Measured[]
  readonly floors: readonly Floor[]
  readonly starts: ReadonlyMap<string, Start>
  readonly loadedMebibytes: ReadonlyMap<string, number>
  readonly profiles: readonly { readonly title: string; readonly shares: readonly Share[] }[]
}

const PROFILE_LINES = 14

const titles: Readonly<Record<Measured['operation'], string>> = {
  hello: 'A constant answer',
  refresh: 'Refresh',
  me: 'The user, read from the database (`GET /v1/me`)',
  verify: 'An API call whose token is verified without a database',
  login: 'Login, with a stand-in for the password hash',
}

/** The page of one run, as it is kept in `bench/server/results`. */
export function resultPage(results: Results): string {
  return [
    `# Server benchmark, ${results.date.toISOString().slice(0, 10)}`,
    machine(results),
    ...(['refresh', 'me', 'verify', 'login'] as const)
      .filter((operation) => results.measured.some((one) => one.operation === operation))
      .map((operation) => operationTable(operation, results)),
    footprintTable(results),
    floorTable(results),
    ...results.profiles.map(profileTable),
  ].join('\n\n')
}

function machine({ date, command, loadBefore, rounds }: Results): string {
  const [cpu] = cpus()
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
  return `\`${command}\` at ${date.toISOString()}, commit ${commit}, on ${cpus().length} × ${cpu?.model}, ${memory} GiB, Linux, Node ${process.versions.node}, PostgreSQL 18 with fsync and synchronous_commit on. Load average before the start: ${loadBefore.toFixed(1)}, at the end: ${loadavg()[0]!.toFixed(1)}.

Every server runs in a process of its own, its 64 clients (a keep-alive connection and a session each) in another. Rounds are interleaved; each figure is the median of ${rounds}. CPU is what the server's process and all processes of PostgreSQL used, in seconds per 1,000 operations: the figure that a busy machine changes least. The share of the floor is the CPU time of a constant answer on the same HTTP stack, as a part of the whole.`
}

function operationTable(
  operation: Measured['operation'],
  { measured }: Pick<Results, 'measured'>,
): string {
  const rows = measured.filter((one) => one.operation === operation)
  const hello = measured.find((one) => one.operation === 'hello')
  const total = (one: Measured) => one.serverCpu + one.databaseCpu
  const own = rows[0]!
  return `## ${titles[operation]}

| server | CPU s: server | database | together | × ${own.name} | a second | p50 ms | p99 ms | share of the floor |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows
  .map((one) =>
    [
      '',
      one.name,
      one.serverCpu.toFixed(3),
      one.databaseCpu.toFixed(3),
      total(one).toFixed(3),
      (total(one) / total(own)).toFixed(2),
      one.perSecond.toFixed(0),
      one.p50Milliseconds.toFixed(1),
      one.p99Milliseconds.toFixed(1),
      hello === undefined ? '' : `${((100 * total(hello)) / total(one)).toFixed(0)} %`,
      '',
    ]
      .join(' | ')
      .trim(),
  )
  .join('\n')}`
}

function footprintTable({ starts, loadedMebibytes }: Results): string {
  return `## Memory and start

| server | idle MiB | after the load MiB | first answer ms |
| --- | ---: | ---: | ---: |
${[...starts]
  .map(
    ([name, { idleMebibytes, firstAnswerMilliseconds }]) =>
      `| ${name} | ${idleMebibytes.toFixed(0)} | ${loadedMebibytes.get(name)?.toFixed(0) ?? ''} | ${firstAnswerMilliseconds.toFixed(0)} |`,
  )
  .join('\n')}`
}

function floorTable({ floors, measured }: Results): string {
  const hello = measured.find((one) => one.operation === 'hello')
  const all = [
    ...(hello === undefined
      ? []
      : [{ name: hello.name, cpu: hello.serverCpu, databaseCpu: 0, perSecond: hello.perSecond }]),
    ...floors,
  ]
  return `## Floors, in the same run

| what | CPU s per 1,000 | database | a second |
| --- | ---: | ---: | ---: |
${all
  .map(
    ({ name, cpu, databaseCpu, perSecond }) =>
      `| ${name} | ${cpu.toFixed(3)} | ${databaseCpu.toFixed(3)} | ${perSecond.toFixed(0)} |`,
  )
  .join('\n')}`
}

function profileTable({ title, shares }: Results['profiles'][number]): string {
  return `## Where the time goes: ${title}

Own time of functions on the main thread, added up by who wrote them; what is idle is left out.

| part | % |
| --- | ---: |
${shares
  .slice(0, PROFILE_LINES)
  .map(({ name, percent }) => `| ${name} | ${percent.toFixed(1)} |`)
  .join('\n')}`
}

import { cpus } from 'node:os'

import type { Traffic } from './contestants.ts'
import { ENTRIES, type Sizes } from './sizes.ts'
import { computeTraffic } from './traffic.ts'

export interface Measured {
  readonly name: string
  readonly traffic: Traffic
  /** CPU time of the server's process for one request. */
  readonly cpuMicroseconds: number
  readonly perSecond: number
}

export interface Results {
  readonly date: Date
  readonly command: string
  readonly loadBefore: number
  readonly rounds: number
  readonly revokedSessions: number
  readonly measured: readonly Measured[]
  readonly sizes: Sizes
  /** Bytes for so many entries. */
  readonly memory: { readonly set: number; readonly map: number }
}

const TITLES: Readonly<Record<Traffic, string>> = {
  known: 'Clients that keep their token',
  new: 'No token comes a second time',
}

export function resultPage(results: Results): string {
  const { date, command, loadBefore, rounds, revokedSessions, measured } = results
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`
  return [
    `# @mapae/verify, ${date.toISOString().slice(0, 10)}`,
    '',
    `\`${command}\` at ${date.toISOString()}, on ${machine}. Load average before the start: ${loadBefore.toFixed(1)}.`,
    '',
    ...(measured.length === 0 ? [] : speedSections(measured, rounds, revokedSessions)),
    ...sizeSection(results),
  ].join('\n')
}

function speedSections(measured: readonly Measured[], rounds: number, revoked: number): string[] {
  return [
    `Each server is a process of its own, its 32 clients (a keep-alive connection each) another. All verify the same ES256 tokens: signature, issuer, audience, times. @mapae/verify also follows a revocation feed, with ${revoked.toLocaleString('en')} ended sessions in memory, and compares every request with it; the others revoke nothing. @mapae/verify remembers tokens that it verified, and so does one of the rows of Fastify; the others verify every time. Rounds are interleaved; each figure is the median of ${rounds}. CPU is the server's time for one request, the figure that a busy machine changes least; what is above the floor is what asking for a token costs.`,
    '',
    ...(['known', 'new'] as const).flatMap((traffic) => [
      `## ${TITLES[traffic]}`,
      '',
      '| framework and middleware | CPU µs a request | above the floor | × @mapae/verify, CPU | requests a second | × @mapae/verify, requests |',
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      ...rowsOf(measured.filter((one) => one.traffic === traffic)),
      '',
    ]),
  ]
}

function rowsOf(measured: readonly Measured[]): string[] {
  return measured.map((one) => {
    const [framework] = one.name.split(': ')
    const find = (what: string) => measured.find(({ name }) => name === `${framework}: ${what}`)
    const floor = find('no token asked for')?.cpuMicroseconds ?? Number.NaN
    const own = find('@mapae/verify')
    return `| ${[
      one.name,
      one.cpuMicroseconds.toFixed(1),
      (one.cpuMicroseconds - floor).toFixed(1),
      own === undefined ? '' : (one.cpuMicroseconds / own.cpuMicroseconds).toFixed(2),
      one.perSecond.toFixed(0),
      own === undefined ? '' : (one.perSecond / own.perSecond).toFixed(2),
    ].join(' | ')} |`
  })
}

function sizeSection({ sizes, memory }: Results): string[] {
  const bytesPerEntry = memory.set / ENTRIES
  const rows = computeTraffic(sizes, bytesPerEntry, ENTRIES).map(
    (row) =>
      `| ${[
        row.daysBetweenSignOuts,
        row.endsPerSecond.toFixed(0),
        row.kilobytesPerSecond.toFixed(1),
        row.gigabytesPerMonth.toFixed(0),
        Math.round(row.liveEntries).toLocaleString('en'),
        row.snapshotMegabytes.toFixed(1),
        row.memoryMegabytes.toFixed(1),
      ].join(' | ')} |`,
  )
  return [
    '## The feed',
    '',
    '| | bytes |',
    '| --- | ---: |',
    `| a batch without entries, as an event | ${sizes.heartbeatBytes} |`,
    `| one more session in a batch | ${sizes.entryBytes.toFixed(1)} |`,
    `| a snapshot of ${ENTRIES.toLocaleString('en')} sessions, all pages | ${sizes.snapshotBytes} |`,
    `| memory of ${ENTRIES.toLocaleString('en')} live sessions in a verifier | ${memory.set} |`,
    `| the same in a \`Map\` from text to number | ${memory.map} |`,
    '',
    '## 100 million sessions',
    '',
    'What one verifier receives and keeps when each session ends once in so many days, entries living 11 minutes.',
    '',
    '| days until a session ends | ends a second | kB a second | GB a month | live entries | snapshot MB | memory MB |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ]
}

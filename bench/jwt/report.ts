import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Measured } from './measure.ts'
import type { Strictness } from './strictness.ts'

/** What one run of the benchmark found. */
export interface Results {
  readonly date: string
  readonly machine: string
  readonly groups: readonly { readonly name: string; readonly rows: readonly Measured[] }[]
  readonly strictness: readonly Strictness[]
}

const readme = new URL('../../packages/jwt/README.md', import.meta.url)
const chart = new URL('../../packages/jwt/speed.svg', import.meta.url)

/** Keep the results under their date, and bring the README and its chart up to them. */
export function writeReport(results: Results): void {
  const kept = new URL(`results/${results.date}.json`, import.meta.url)
  writeFileSync(kept, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(chart, drawChart(results))
  let text = readFileSync(readme, 'utf8')
  text = replaceBetween(text, 'speed', speedTable(results))
  text = replaceBetween(text, 'strictness', strictnessTable(results.strictness))
  writeFileSync(readme, text)
  const formatter = fileURLToPath(new URL('../../node_modules/oxfmt/bin/oxfmt', import.meta.url))
  execFileSync(process.execPath, [formatter, fileURLToPath(kept), fileURLToPath(readme)])
}

function replaceBetween(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < 0) throw new Error(`the README has no place for ${name}`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}

function toTable(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`)
  return [
    head!,
    `|${rows[0]!.map((_, index) => (index === 0 ? ' --- ' : ' ---: ')).join('|')}|`,
    ...body,
  ].join('\n')
}

export function speedTable({ date, machine, groups }: Results): string {
  const plain = groups.filter(({ name }) => !name.includes('cached'))
  const names = [...new Set(plain.flatMap(({ rows }) => rows.map(({ name }) => name)))]
  const cell = (rows: readonly Measured[], name: string): string => {
    const row = rows.find((candidate) => candidate.name === name)
    return row === undefined ? '' : `${row.microseconds.toFixed(1)} (${row.ratio.toFixed(2)})`
  }
  const speeds = names.map((name) => [name, ...plain.map(({ rows }) => cell(rows, name))])
  const cached = groups.find(({ name }) => name.includes('cached'))?.rows ?? []
  return [
    `Microseconds of CPU for one call and, in brackets, the speed as a part of the floor's. Measured ${date} on ${machine}.`,
    toTable([['', ...plain.map(({ name }) => name)], ...speeds]),
    'Tokens seen before, each call with a fresh string, ES256; the speed is a multiple of the first row.',
    toTable([
      ['', 'µs', 'speed'],
      ...cached.map(({ name, microseconds, ratio }) => [
        name,
        microseconds.toFixed(2),
        ratio.toFixed(1),
      ]),
    ]),
  ].join('\n\n')
}

export function strictnessTable(rows: readonly Strictness[]): string {
  const areas = [...new Set(rows.flatMap(({ accepted }) => Object.keys(accepted)))].toSorted()
  const total = (row: Strictness): number =>
    Object.values(row.accepted).reduce((sum, count) => sum + count, 0)
  return toTable([
    [
      '',
      'bad tokens shown',
      'accepted',
      ...areas.map((area) => `in ${area}`),
      'good tokens refused',
    ],
    ...rows.map((row) => [
      row.name,
      String(row.shown),
      String(total(row)),
      ...areas.map((area) => String(row.accepted[area] ?? 0)),
      String(row.refusedGood),
    ]),
  ])
}

const barHeight = 14
const chartWidth = 720
const labelWidth = 210

/** Bars of speed as a part of the floor's, a group for each operation. */
function drawChart({ groups, date }: Results): string {
  const lines: string[] = []
  let y = 30
  for (const { name, rows } of groups.filter((group) => !group.name.includes('cached'))) {
    lines.push(`<text x="8" y="${y}" font-weight="bold">${name}</text>`)
    y += 6
    for (const row of rows.filter(({ name: who }) => who !== 'floor')) {
      const width = Math.round(Math.min(row.ratio, 2.5) * ((chartWidth - labelWidth - 60) / 2.5))
      const fill = row.name === '@mapae/jwt' ? '#a3521f' : '#8a8f98'
      lines.push(
        `<text x="${labelWidth - 8}" y="${y + 11}" text-anchor="end">${row.name}</text>`,
        `<rect x="${labelWidth}" y="${y}" width="${width}" height="${barHeight - 3}" fill="${fill}"/>`,
        `<text x="${labelWidth + width + 6}" y="${y + 11}">${row.ratio.toFixed(2)}</text>`,
      )
      y += barHeight
    }
    y += 22
  }
  const title = `Speed as a part of the bare primitive's, ${date}; longer is faster`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${chartWidth} ${y}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="8" y="14">${title}</text>
${lines.join('\n')}
</svg>
`
}

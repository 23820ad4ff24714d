// Draws the terminal pictures of the README pages from a real run of their commands:
//
//   node --conditions=mapae-source scripts/readme-picture.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { readPage } from '../tests/docs/pages.ts'
import { runPage, type RanStep } from '../tests/docs/run-page.ts'
import { ROOT } from '../tests/repository/source-file.ts'

const pictures = {
  'README.md': 'docs/pictures/walkthrough.svg',
  'README.ko.md': 'docs/pictures/walkthrough.ko.svg',
} as const

const COLUMNS = 104
const COLUMN_WIDTH = 8
const LINE_HEIGHT = 19
const TOP = 52
const LEFT = 22
const TOKEN_CHARACTERS = 24

type Kind = 'comment' | 'command' | 'output' | 'refusal'

/** One line of the terminal, wrapped where it is too long. */
interface Line {
  readonly kind: Kind
  readonly rows: readonly string[]
}

for (const [page, picture] of Object.entries(pictures)) {
  const { steps, url } = await runPage(readPage(page))
  // The free port of this run would only puzzle the reader.
  const port = new URL(url).port
  const lines = steps.flatMap(linesOf)
  writeFileSync(join(ROOT, picture), draw(lines).replaceAll(port, '4477'))
  console.log(`${picture}: ${lines.length} lines`)
}

/** The numbered steps: the comment, the calls, and what they printed. */
function linesOf({ commands, output }: RanStep): Line[] {
  if (!/^# \d/.test(commands)) return []
  const written = commands.trimEnd().split('\n')
  const shown = written.filter((line) => line.startsWith('#') || line.includes('curl'))
  const printed = output.replaceAll('\r', '').trim().split('\n')
  return [
    ...shown.map((line): Line => {
      if (line.startsWith('#')) return { kind: 'comment', rows: [line] }
      return { kind: 'command', rows: wrap(`$ ${line}`) }
    }),
    ...printed.map((line): Line => {
      const kind = /"status":4|^HTTP.* 4|^WWW/.test(line) ? 'refusal' : 'output'
      return { kind, rows: wrap(shortened(line)) }
    }),
  ]
}

function shortened(line: string): string {
  return line.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, (token) => {
    return `${token.slice(0, TOKEN_CHARACTERS)}…`
  })
}

function wrap(line: string): string[] {
  if (line.length <= COLUMNS) return [line]
  const cut = line.slice(0, COLUMNS).lastIndexOf(',') + 1 || line.slice(0, COLUMNS).lastIndexOf(' ')
  return [line.slice(0, cut), ...wrap(line.slice(cut))]
}

function draw(lines: readonly Line[]): string {
  let y = TOP
  const texts = lines.map(({ kind, rows }) => {
    if (kind === 'comment') y += LINE_HEIGHT / 2
    const spans = rows.map((row, index) => {
      const at = `x="${LEFT + (index === 0 ? 0 : 2 * COLUMN_WIDTH)}" y="${y}"`
      y += LINE_HEIGHT
      return `<tspan ${at}>${escape(row)}</tspan>`
    })
    return `<text class="${kind}">${spans.join('')}</text>`
  })
  const width = 2 * LEFT + COLUMNS * COLUMN_WIDTH
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 8}" width="${width}" height="${y + 8}" role="img">
<style>
  svg { color-scheme: light dark }
  text { font: 13.2px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
  .window { fill: #f6f8fa; stroke: #d0d7de }
  .comment { fill: #57606a }
  .command { fill: #0550ae; font-weight: 600 }
  .output { fill: #1f2328 }
  .refusal { fill: #b3261e }
  @media (prefers-color-scheme: dark) {
    .window { fill: #0d1117; stroke: #3d444d }
    .comment { fill: #9198a1 }
    .command { fill: #79c0ff }
    .output { fill: #e6edf3 }
    .refusal { fill: #ff938a }
  }
</style>
<rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${y + 7}" rx="10"/>
<circle cx="24" cy="22" r="6" fill="#ff5f57"/><circle cx="44" cy="22" r="6" fill="#febc2e"/><circle cx="64" cy="22" r="6" fill="#28c840"/>
${texts.join('\n')}
</svg>
`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

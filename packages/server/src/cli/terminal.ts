import { CommandFailure } from './failure.ts'

/** What a command gets from the process that runs it. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: NodeJS.ReadStream
  /** Data. */
  readonly print: (text: string) => void
  /** Messages. */
  readonly say: (text: string) => void
}

/**
 * Reads a secret: the first line of what is piped in, else a hidden prompt. Never an argument,
 * which other users of the machine can see and shells remember.
 */
export async function readSecret(terminal: Terminal, question: string): Promise<string> {
  const secret = terminal.input.isTTY
    ? await askHidden(question)
    : await readFirstLine(terminal.input)
  if (secret === '') throw new CommandFailure('usage', `${question}: pipe it in or type it.`)
  return secret
}

async function readFirstLine(input: NodeJS.ReadStream): Promise<string> {
  let text = ''
  for await (const chunk of input.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > 100_000) throw new CommandFailure('usage', 'The input is too long.')
  }
  return text.split(/\r?\n/, 1)[0] ?? ''
}

async function askHidden(question: string): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: question })
  if (isCancel(answer)) throw new CommandFailure('failure', 'Nothing was changed.')
  return answer ?? ''
}

/** Aligns columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** `2026-11-23 20:36:38 UTC` */
export function instantText(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  if (Number.isNaN(date.getTime())) return 'not a date'
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `8 min 12 s`: the two largest units. */
export function durationText(seconds: number): string {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ]
  let rest = Math.abs(Math.round(seconds))
  const parts: string[] = []
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}

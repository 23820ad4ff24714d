import { setTimeout as sleep } from 'node:timers/promises'

import { InvalidArgumentError, type Command } from 'commander'

import type { SecurityEvent } from '../domain/event.ts'
import { operate } from './operate.ts'
import { instantText, type Terminal } from './terminal.ts'

const POLL_MILLISECONDS = 300
const PAGE = 500

interface TailOptions {
  readonly lines: number
  readonly follow?: boolean
  readonly json?: boolean
}

export function addEventCommands(program: Command, terminal: Terminal): void {
  program
    .command('events')
    .description('the audit of security events')
    .command('tail')
    .description('the newest events, oldest of them first')
    .option('-n, --lines <count>', 'how many', wholeNumber, 20)
    .option('-f, --follow', 'go on printing new ones until stopped')
    .option('--json', 'print one JSON object a line')
    .action((options: TailOptions) =>
      operate(terminal, async ({ stores }) => {
        const show = options.json ? jsonLine : textLine
        let page = await stores.events.newest(options.lines)
        let last = 0
        for (;;) {
          for (const event of page) terminal.print(show(event))
          last = page.at(-1)?.sequence ?? last
          if (!options.follow) return
          if (page.length < PAGE) await sleep(POLL_MILLISECONDS)
          page = await stores.events.list(last, PAGE)
        }
      }),
    )
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}

function jsonLine(event: SecurityEvent): string {
  return `${JSON.stringify({
    sequence: event.sequence,
    at: event.at,
    name: event.name,
    user_id: event.userId,
    session_id: event.sessionId,
    ip_address: event.ipAddress,
    details: event.details,
  })}\n`
}

function textLine(event: SecurityEvent): string {
  const facts = { user: event.userId, session: event.sessionId, from: event.ipAddress }
  const words = Object.entries({ ...facts, ...event.details })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${value}`)
  return `${instantText(event.at)}  ${event.name.padEnd(22)}  ${words.join(' ')}\n`
}

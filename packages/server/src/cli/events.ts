import { setTimeout as sleep } from 'node:timers/promises'

import { InvalidArgumentError, type Command } from 'commander'

import type { SecurityEvent } from '../domain/event.ts'
import type { EventStore } from '../domain/ports.ts'
import { operate } from './operate.ts'
import { instantText, type Terminal } from './terminal.ts'

const POLL_MILLISECONDS = 300
const PAGE = 500
const OVERLAP = 200

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
        for (const event of await stores.events.newest(options.lines)) terminal.print(show(event))
        if (!options.follow) return
        for await (const event of follow(stores.events)) terminal.print(show(event))
      }),
    )
}

/**
 * New events, until the process is stopped. PostgreSQL numbers events before they are committed, so
 * a lower number can appear after a higher one: each read begins some numbers before the last.
 */
async function* follow(events: EventStore): AsyncGenerator<SecurityEvent> {
  const newest = (await events.newest(OVERLAP)).map(({ sequence }) => sequence)
  const seen = new Set(newest)
  let last = newest.at(-1) ?? 0
  for (;;) {
    const page = await events.list(Math.max(0, last - OVERLAP), PAGE)
    for (const event of page) {
      if (seen.has(event.sequence)) continue
      seen.add(event.sequence)
      last = Math.max(last, event.sequence)
      yield event
    }
    for (const sequence of seen) if (sequence < last - OVERLAP) seen.delete(sequence)
    if (page.length < PAGE) await sleep(POLL_MILLISECONDS)
  }
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

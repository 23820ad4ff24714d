import type { Command } from 'commander'

import { isId, type SessionId } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'
import { CommandFailure } from './failure.ts'
import { operate } from './operate.ts'
import { instantText, table, type Terminal } from './terminal.ts'
import { findUser } from './user.ts'

export function addSessionCommands(program: Command, terminal: Terminal): void {
  const session = program.command('session').description('sign-ins that are still open')

  session
    .command('list <username>')
    .description("a user's open sessions, newest use first")
    .option('--json', 'print one JSON object a line')
    .action((username: string, options: { json?: boolean }) =>
      operate(terminal, async (mapae) => {
        const user = await findUser(mapae, username)
        const open = await mapae.stores.sessions.listOpenOfUser(user.id, mapae.clock.seconds())
        if (options.json) {
          for (const one of open) terminal.print(`${JSON.stringify(sessionJson(one))}\n`)
          return
        }
        const rows = open.map((one) => [
          one.id,
          instantText(one.lastUsedAt),
          one.ipAddress ?? '-',
          one.deviceLabel ?? '-',
        ])
        terminal.print(table([['ID', 'LAST USED', 'ADDRESS', 'DEVICE'], ...rows]))
      }),
    )

  session
    .command('revoke <id>')
    .description('end a session: its tokens stop working within a second')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      operate(terminal, async ({ endSession }) => {
        const ended = isId(id) && (await endSession(id as SessionId, 'revoked_by_operator'))
        if (!ended) throw new CommandFailure('notFound', `There is no open session ${id}.`)
        if (options.json) terminal.print(`${JSON.stringify({ id, ended: true })}\n`)
        else terminal.say(`Ended session ${id}.\n`)
      }),
    )
}

function sessionJson(session: Session): object {
  return {
    id: session.id,
    user_id: session.userId,
    client_id: session.clientId,
    device: session.deviceLabel,
    ip_address: session.ipAddress,
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    expires_at: session.idleExpiresAt,
  }
}

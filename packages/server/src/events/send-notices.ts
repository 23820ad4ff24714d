import type { SecurityEvent } from '../domain/event.ts'
import type { SessionId } from '../domain/ids.ts'
import type { Mailer } from '../domain/mail.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import { composeNotice, decideNotice } from './notices.ts'

const EVENTS_A_READING = 100

/** Identifiers are time-ordered; their text is not. */
function isEarlier(one: SessionId, other: SessionId): boolean {
  return Buffer.compare(Buffer.from(one, 'base64url'), Buffer.from(other, 'base64url')) < 0
}

/**
 * Makes the task that mails users what they should know. It reads what happened from the log of
 * events, where it is only after its commit, so nothing waits for mail and nothing is undone by it.
 * What happened before the task was made is passed over; a message that cannot be handed on is lost.
 * For one process: two would both send.
 */
export async function createNoticeTask(
  { events, users, sessions }: Pick<Stores, 'events' | 'users' | 'sessions'>,
  mailer: Mailer,
  issuer: string,
  clock: Clock,
): Promise<() => Promise<void>> {
  let last = (await events.newest(1))[0]?.sequence ?? 0

  async function tell(event: SecurityEvent): Promise<void> {
    const user = event.userId === null ? null : await users.find(event.userId)
    if (user === null || user.email === null) return
    const session = event.sessionId === null ? null : await sessions.find(event.sessionId)
    const open = await sessions.listOpenOfUser(user.id, clock.seconds())
    const others = open.filter(({ id }) => session !== null && isEarlier(id, session.id))
    const notice = decideNotice(event, session, others)
    if (notice === null) return
    await mailer.send(composeNotice(notice, user.email, user, event, issuer))
  }

  return async () => {
    const happened = await events.list(last, EVENTS_A_READING)
    for (const event of happened) {
      last = event.sequence
      await tell(event)
    }
  }
}

import type { Client } from '../../domain/client.ts'
import type { NewSecurityEvent } from '../../domain/event.ts'
import type { LogoutNotice, LogoutNoticeStore } from '../../domain/logout-notice.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../../domain/time.ts'
import type { LogoutTokens } from '../../tokens/logout-token.ts'
import type { ClientRegistry } from '../client-registry.ts'
import type { Subjects } from '../subjects.ts'

const MOST_ATTEMPTS = 5
/** A node that takes a notice on and stops leaves it to the others after this time. */
const CLAIM_SECONDS = 30 as Seconds
/** The last attempt ends well within it. */
const TELL_OF_LAST_SECONDS = 600
const NOTICES_A_STEP = 50

export interface BackchannelLogoutServices {
  readonly clients: ClientRegistry
  readonly notices: LogoutNoticeStore
  readonly subjects: Subjects
  readonly logoutTokens: LogoutTokens
  /** Calls what clients name, and only where that is safe. */
  readonly fetch: (
    url: string,
    request: { method: string; headers: Record<string, string>; body: string },
  ) => Promise<{ readonly ok: boolean }>
  readonly clock: Clock
}

/**
 * Tells applications of sessions that ended, however they ended: whoever signs out, or is signed
 * out, is so everywhere. Every node looks; each notice is tried by one at a time, and again when the
 * application does not answer. Spec: OpenID Connect Back-Channel Logout section 2.5.
 */
export function createBackchannelLogout(
  services: BackchannelLogoutServices,
): (stopping: AbortSignal) => Promise<void> {
  const { clients, notices, clock } = services
  return async (stopping) => {
    const due: (readonly [Client, LogoutNotice])[] = []
    for (const client of clients.withBackchannelLogout()) {
      if (stopping.aborted) return
      const now = clock.seconds()
      const endedSince = (now - TELL_OF_LAST_SECONDS) as UnixSeconds
      const ofClient = await notices.listDue(client.id, endedSince, now, NOTICES_A_STEP)
      due.push(...ofClient.map((notice) => [client, notice] as const))
    }
    // All at once: an application that does not answer must not hold up what others are told.
    await Promise.all(due.map(([client, notice]) => tell(services, client, notice)))
  }
}

async function tell(
  { notices, subjects, logoutTokens, fetch, clock }: BackchannelLogoutServices,
  client: Client,
  notice: LogoutNotice,
): Promise<void> {
  const { sessionId, userId, attempts } = notice
  const now = clock.seconds()
  if (!(await notices.claim(notice, now, after(now, CLAIM_SECONDS)))) return
  const subject = subjects.subjectFor(client, userId)
  const logoutToken = await logoutTokens.mint(client, { subject, sessionId })
  const isTold = await fetch(client.backchannelLogoutUri!, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: logoutToken }).toString(),
  }).then(
    ({ ok }) => ok,
    () => false,
  )
  if (isTold) return notices.settle(sessionId, null)
  const isLast = attempts + 1 >= MOST_ATTEMPTS
  if (isLast) await notices.settle(sessionId, failure(client, notice, now))
}

function failure(
  client: Client,
  { userId, sessionId }: LogoutNotice,
  at: UnixSeconds,
): NewSecurityEvent {
  const details = { client_id: client.id }
  return { name: 'client.logout_not_told', at, userId, sessionId, ipAddress: null, details }
}

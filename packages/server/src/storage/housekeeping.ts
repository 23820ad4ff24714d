import { setTimeout as sleep } from 'node:timers/promises'

import type { SessionId } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock, Seconds, UnixSeconds } from '../domain/time.ts'

/** Small enough that nobody waits for a step, and with a pause after each. */
const ROWS_A_STEP = 500
const PAUSE_MILLISECONDS = 20
/** Longer than anybody is told of an end. */
const REMEMBERED_NOTICE_SECONDS = 86_400
/** A code that comes again so late ends its session still. */
const REMEMBERED_CODE_SECONDS = 3600
/** A client that registered itself and that nobody allowed anything until then is not used. */
const UNUSED_CLIENT_SECONDS = 30 * 86_400
/** Every node has noticed by then. */
const REMEMBERED_CLIENT_SECONDS = 86_400
/** A run looks at this many sessions and the next run goes on there. */
const SESSION_STEPS_A_RUN = 20

export interface Housekeeping {
  /**
   * Deletes what nobody needs any more, in small steps: windows of sign-in attempts that are over,
   * authorization requests, codes and devices that expired, assertions that would count no more,
   * events older than the audit keeps them, clients that registered
   * themselves and were not used, and sessions, those of browsers too, that have been over
   * for as long. Several nodes may do it at the same time: deleting twice is deleting once. When it
   * is aborted, it ends after the step it is in.
   */
  (stopping: AbortSignal): Promise<void>
}

export function createHousekeeping(
  stores: Stores,
  auditRetentionSeconds: Seconds,
  clock: Clock,
  pause: () => Promise<void> = () => sleep(PAUSE_MILLISECONDS),
): Housekeeping {
  const { attempts, events, sessions, browserSessions } = stores
  const { authorizationRequests, authorizationCodes } = stores
  let nextSession: SessionId | null = null

  return async (stopping) => {
    const now = clock.seconds()
    const oldestCode = (now - REMEMBERED_CODE_SECONDS) as UnixSeconds
    const oldestNotice = (now - REMEMBERED_NOTICE_SECONDS) as UnixSeconds
    const unusedSince = (now - UNUSED_CLIENT_SECONDS) as UnixSeconds
    const oldestClient = (now - REMEMBERED_CLIENT_SECONDS) as UnixSeconds
    const oldest = (now - auditRetentionSeconds) as UnixSeconds

    async function repeat(step: () => Promise<number>): Promise<void> {
      while (!stopping.aborted && (await step()) === ROWS_A_STEP) await pause()
    }

    await repeat(() => attempts.forget(now, ROWS_A_STEP))
    await repeat(() => browserSessions.forget(oldest, ROWS_A_STEP))
    await repeat(() => events.forget(oldest, ROWS_A_STEP))
    await repeat(() => authorizationRequests.forget(now, ROWS_A_STEP))
    await repeat(() => stores.logoutNotices.forget(oldestNotice, ROWS_A_STEP))
    await repeat(() => authorizationCodes.forget(oldestCode, ROWS_A_STEP))
    await repeat(() => stores.deviceAuthorizations.forget(now, ROWS_A_STEP))
    await repeat(() => stores.clients.deleteUnused(unusedSince, now, ROWS_A_STEP))
    await repeat(() => stores.clients.forget(oldestClient, ROWS_A_STEP))
    await repeat(() => stores.usedAssertions.forget(now, ROWS_A_STEP))
    for (let steps = 0; steps < SESSION_STEPS_A_RUN && !stopping.aborted; steps++) {
      nextSession = await sessions.forget(nextSession, oldest, ROWS_A_STEP)
      if (nextSession === null) return
      await pause()
    }
  }
}

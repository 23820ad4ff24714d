import type { Revocation, RevocationKind } from '../../src/domain/revocation.ts'
import type { Seconds, UnixSeconds } from '../../src/domain/time.ts'
import { createRevocationLog } from '../../src/events/revocation-log.ts'
import { createRevocationPages } from '../../src/events/revocation-pages.ts'
import { createTestClock } from '../test-mapae.ts'

export const LIFETIME = 600 as Seconds

/** What several nodes read: revocations become visible when the test says so. */
export function createScript() {
  const clock = createTestClock()
  const visible: Revocation[] = []
  let isDown = false

  function createNode(name: string) {
    const lookedBackTo: number[] = []
    let rings = 0
    let signatures = 0
    const store = {
      async since(instant: UnixSeconds) {
        if (isDown) throw new Error('the database is away')
        lookedBackTo.push(instant)
        return visible.filter(({ at }) => at >= instant)
      },
    }
    const bell = { ring: () => void rings++, onRing: () => async () => {} }
    const log = createRevocationLog(store, bell, () => LIFETIME, clock)
    const pages = createRevocationPages(
      log,
      'https://auth.example.com',
      name,
      () => LIFETIME,
      (claims) => {
        signatures++
        return JSON.stringify(claims)
      },
    )
    return {
      log,
      pages,
      lookedBackTo,
      rings: () => rings,
      signatures: () => signatures,
      /** The claims of the page after the cursor. */
      claims: (cursor: string | null = null) => JSON.parse(pages.after(cursor).token),
    }
  }

  return {
    clock,
    createNode,
    commit(subject: string, at: number, kind: RevocationKind = 'session') {
      visible.push({ kind, subject, at: at as UnixSeconds })
    },
    setDown(value: boolean) {
      isDown = value
    },
    /** Time passes, and the nodes read every second of it. */
    async readFor(seconds: number, ...nodes: { log: { catchUp(): Promise<unknown> } }[]) {
      for (let passed = 0; passed < seconds; passed++) {
        clock.advance(1)
        for (const { log } of nodes) await log.catchUp().catch(() => undefined)
      }
    },
  }
}

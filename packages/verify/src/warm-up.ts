import type { RemoteIssuer } from './issuer/remote-issuer.ts'
import type { Revocations } from './revocations/revocations.ts'
import { sleep } from './surroundings.ts'

/** The time before keys and revocations are known. Nothing is asked for until somebody waits. */
export interface WarmUp {
  isOver(): boolean
  /** Never fails: what is missing afterwards is for the policy to decide about. */
  wait(): Promise<void>
}

/** The first requests wait so long, and no longer: a feed that is down must not stop anybody. */
const longestMilliseconds = 3000

export function createWarmUp(issuer: RemoteIssuer, revocations: Revocations): WarmUp {
  let isOver = false
  let waiting: Promise<void> | undefined

  const warm = async (): Promise<void> => {
    const patience = new AbortController()
    const known = Promise.all([issuer.load(), revocations.follow()]).catch(() => {})
    await Promise.race([known, sleep(longestMilliseconds, patience.signal)])
    patience.abort()
    isOver = true
  }

  return {
    isOver: () => isOver,
    wait: async () => (waiting ??= warm()),
  }
}

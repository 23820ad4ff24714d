import type { Client } from '../domain/client.ts'
import type { Seconds } from '../domain/time.ts'

/** The server's lifetimes. A client's own may be shorter, never longer: nodes, keys and resource servers count on these. */
export interface Lifetimes {
  readonly accessTokenSeconds: Seconds
  readonly refreshIdleSeconds: Seconds
  readonly refreshAbsoluteSeconds: Seconds
}

export function lifetimesOf(client: Client, server: Lifetimes): Lifetimes {
  const accessTokenSeconds = shorter(client.accessTokenSeconds, server.accessTokenSeconds)
  // Without refresh tokens a session is over when its access token is.
  if (!client.grants.includes('refresh_token')) {
    return {
      accessTokenSeconds,
      refreshIdleSeconds: accessTokenSeconds,
      refreshAbsoluteSeconds: accessTokenSeconds,
    }
  }
  const refreshAbsoluteSeconds = shorter(
    client.refreshAbsoluteSeconds,
    server.refreshAbsoluteSeconds,
  )
  const idle = shorter(client.refreshIdleSeconds, server.refreshIdleSeconds)
  return {
    accessTokenSeconds,
    refreshIdleSeconds: shorter(idle, refreshAbsoluteSeconds),
    refreshAbsoluteSeconds,
  }
}

function shorter(own: number | null, server: Seconds): Seconds {
  return (own === null ? server : Math.min(own, server)) as Seconds
}

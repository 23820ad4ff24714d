import type { AccessTokenClaims } from '../claims.ts'
import type { Batch } from './batch.ts'
import { RevocationTable } from './revocation-table.ts'

/** Why a token that verifies is refused all the same. */
export type RevocationReason =
  | 'session_ended'
  | 'user_sessions_ended'
  | 'client_disabled'
  | 'key_withdrawn'

/** Beyond every `iat`: all tokens of what ended. */
const ALL_TOKENS = 0xffff_ffff
const forgetEverySeconds = 60

/** What was revoked while access tokens of it may still be unexpired. */
export class RevocationSet {
  readonly #sessions = new RevocationTable()
  readonly #users = new RevocationTable()
  readonly #clients = new RevocationTable()
  readonly #keys = new RevocationTable()
  readonly #tables = [this.#sessions, this.#users, this.#clients, this.#keys]
  #forgottenAt = 0

  get size(): number {
    return this.#tables.reduce((sum, table) => sum + table.size, 0)
  }

  /** Memory of the tables. */
  get bytes(): number {
    return this.#tables.reduce((sum, table) => sum + table.bytes, 0)
  }

  /** Whether the header of a token has to be looked at. */
  get hasKeys(): boolean {
    return this.#keys.size > 0
  }

  hasKey(kid: string): boolean {
    return this.#keys.issuedBefore(kid) !== 0
  }

  /** Entries are a set: the same ones again change nothing, and nothing takes one back. */
  add(batch: Batch, now: number): void {
    for (const [sid, forgetAt] of batch.sessions) this.#sessions.add(sid, ALL_TOKENS, forgetAt, now)
    for (const [sub, before, forgetAt] of batch.users) this.#users.add(sub, before, forgetAt, now)
    for (const [id, before, forgetAt] of batch.clients) this.#clients.add(id, before, forgetAt, now)
    for (const [kid, forgetAt] of batch.keys) this.#keys.add(kid, ALL_TOKENS, forgetAt, now)
    if (Math.abs(now - this.#forgottenAt) < forgetEverySeconds) return
    this.#forgottenAt = now
    for (const table of this.#tables) table.forget(now)
  }

  /** Why a token with these claims is revoked; undefined: it is not. */
  find(claims: AccessTokenClaims): RevocationReason | undefined {
    const { sid, sub, client_id: clientId, iat } = claims
    if (sid !== undefined && this.#sessions.issuedBefore(sid) !== 0) return 'session_ended'
    if (iat < this.#users.issuedBefore(sub)) return 'user_sessions_ended'
    if (iat < this.#clients.issuedBefore(clientId)) return 'client_disabled'
    return undefined
  }
}

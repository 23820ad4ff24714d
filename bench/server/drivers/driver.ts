import type { HttpClient } from '../http-client.ts'

/** What a client of any of the servers holds. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
}

/** How a client talks to one kind of server. An answer other than success throws. */
export interface Driver {
  login(client: HttpClient, username: string): Promise<Tokens>
  refresh(client: HttpClient, tokens: Tokens): Promise<Tokens>
  /** The user, read from the database. */
  me(client: HttpClient, tokens: Tokens): Promise<unknown>
  /** A call whose token is verified without a database, where the product offers that. */
  verify(client: HttpClient, tokens: Tokens): Promise<unknown>
}

export type Operation = keyof Driver

export const PASSWORD = 'purple-otter-vs-9-lamps'

export const bearer = ({ access }: Tokens) => ({ Authorization: `Bearer ${access}` })

import { DatabaseSync } from 'node:sqlite'

import { Client } from 'pg'

import { call, claimsOf, type ClientSession } from './clients.ts'

interface SessionRow {
  readonly id: string
  readonly live: number
  readonly ended_at: number | null
}

interface EventRow {
  readonly name: string
  readonly session_id: string | null
  readonly count: number
}

const SESSIONS = `SELECT id, CAST(live AS INTEGER) AS live, ended_at FROM sessions`
const EVENTS = `SELECT name, session_id, CAST(COUNT(*) AS INTEGER) AS count FROM events
  WHERE session_id IS NOT NULL GROUP BY name, session_id`

/** What is committed, past the server. */
async function readCommitted(
  databaseUrl: string,
): Promise<{ sessions: SessionRow[]; events: EventRow[] }> {
  if (databaseUrl.startsWith('sqlite:')) {
    const database = new DatabaseSync(databaseUrl.slice('sqlite:'.length), { readOnly: true })
    const read = (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    const rows = { sessions: read(SESSIONS), events: read(EVENTS) }
    database.close()
    return rows as unknown as { sessions: SessionRow[]; events: EventRow[] }
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const sessions = (await client.query<SessionRow>(SESSIONS)).rows
  const events = (await client.query<EventRow>(EVENTS)).rows
  await client.end()
  return { sessions, events }
}

/**
 * Every difference between what clients were told and what is stored, and between what is stored
 * and what the audit tells of it. Empty when nothing was lost and nothing was made up.
 */
export async function findLossesInStorage(
  databaseUrl: string,
  known: readonly ClientSession[],
): Promise<string[]> {
  const { sessions, events } = await readCommitted(databaseUrl)
  const counts = new Map(
    events.map(({ name, session_id, count }) => [`${name} ${session_id}`, count]),
  )
  const countOf = (name: string, id: string) => counts.get(`${name} ${id}`) ?? 0
  const rows = new Map(sessions.map((row) => [row.id, row]))
  const losses: string[] = []
  for (const { id, live, ended_at } of sessions) {
    const told = countOf('token.refreshed', id)
    if (told !== live - 1) losses.push(`${id}: ${told} exchanges in the audit, ${live - 1} stored`)
    if (countOf('session.started', id) !== 1) losses.push(`${id}: no start in the audit`)
    if (countOf('login.succeeded', id) !== 1) losses.push(`${id}: no login in the audit`)
    const ends = countOf('session.revoked', id)
    if (ends !== (ended_at === null ? 0 : 1)) losses.push(`${id}: ${ends} ends in the audit`)
  }
  for (const { session_id } of events) {
    if (!rows.has(session_id!)) losses.push(`${session_id}: in the audit only`)
  }
  for (const { sessionId, refreshToken, logout } of known) {
    const row = rows.get(sessionId)
    const acknowledged = claimsOf(refreshToken).gen as number
    if (row === undefined) losses.push(`${sessionId}: an acknowledged login is lost`)
    else if (row.live !== acknowledged && row.live !== acknowledged + 1) {
      losses.push(
        `${sessionId}: generation ${acknowledged} was acknowledged, ${row.live} is stored`,
      )
    } else if (logout !== 'asked' && (row.ended_at !== null) !== (logout === 'acknowledged')) {
      losses.push(`${sessionId}: logout was ${logout}, ended at ${row.ended_at}`)
    }
  }
  return losses
}

/** Presents every client's last acknowledged token, as a client does that got no answer. */
export async function findLossesOverHttp(
  url: string,
  known: readonly ClientSession[],
): Promise<string[]> {
  const losses: string[] = []
  for (const session of known) {
    const { sessionId, refreshToken, attemptKey, logout } = session
    const json = { refresh_token: refreshToken }
    const { status, body } = await call(url, '/v1/refresh', json, attemptKey)
    // Whose logout got no answer learns here what became of it; from now on it must stay so.
    if (logout === 'asked') session.logout = status === 200 ? 'no' : 'acknowledged'
    const expected = session.logout === 'acknowledged' ? 400 : 200
    if (status !== expected) losses.push(`${sessionId}: logout was ${logout}, answer ${status}`)
    if (status === 200) {
      session.refreshToken = body.refresh_token
      session.attemptKey = null
    }
  }
  return losses
}

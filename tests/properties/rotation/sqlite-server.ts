import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createKeySet, generateKey } from '@mapae/jwt'

import type { SessionStore } from '../../../packages/server/src/domain/ports.ts'
import type { Seconds, UnixSeconds } from '../../../packages/server/src/domain/time.ts'
import { createRevocationLog } from '../../../packages/server/src/events/revocation-log.ts'
import type { SqlDatabase } from '../../../packages/server/src/storage/database.ts'
import { migrate } from '../../../packages/server/src/storage/migrate.ts'
import { openDatabase } from '../../../packages/server/src/storage/open-stores.ts'
import { createSessionStore } from '../../../packages/server/src/storage/tables/sessions.ts'
import { createRefreshTokens } from '../../../packages/server/src/tokens/refresh-token.ts'
import { createLane, type Lane, type Stop } from './lane.ts'
import type { Configuration, Row } from './model.ts'
import type { Outcome, Server, Step } from './server.ts'
import { NOW, openSessionRows, startSessions } from './session-rows.ts'

/** So many steps run side by side, each on a session of its own, and share their commits. */
const LANES = 1024

/** Changes statements on their way to the database. */
export type RewriteSql = (sql: string) => string

export interface SqliteOptions {
  readonly rewriteSql?: RewriteSql | undefined
  /** False leaves out the exchange in one step, so that every exchange is a read and a write. */
  readonly exchangesLiveAtOnce?: boolean
  /** False leaves out of refresh tokens what their session is bound to. */
  readonly tokensTellTheKey?: boolean
}

/** The product itself: real refresh calls on the real store, in a database file. */
export async function createSqliteServer(
  { graceSeconds, bound }: Configuration,
  { rewriteSql, exchangesLiveAtOnce = true, tokensTellTheKey = true }: SqliteOptions = {},
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-exploration-'))
  const path = join(folder, 'mapae.db')
  const database = await openDatabase(`sqlite:${path}`, 'requests')
  await migrate(database, NOW)
  const store = createSessionStore(rewriting(database, rewriteSql ?? ((sql) => sql)))
  const sessions = exchangesLiveAtOnce ? store : { ...store, rotateLive: async () => null }
  const clock = { seconds: () => NOW, milliseconds: () => NOW * 1000 }
  const bell = { ring() {}, onRing: () => async () => {} }
  const nobodyElse = { since: async () => [] }
  const revocations = createRevocationLog(nobodyElse, bell, () => 600 as Seconds, clock)
  const key = generateKey('HS256', { kid: 'exploration' })
  const keys = { canSign: true, signing: key, verifying: createKeySet([key]) }
  const policy = {
    graceSeconds: graceSeconds as Seconds,
    idleSeconds: 1_000_000_000 as Seconds,
    lostResponse: 'recover',
  } as const
  const started = await startSessions(database, sessions, LANES, bound ? 'own' : null)
  const lanes = started.map((session) =>
    createLane(
      tokensTellTheKey ? session : { ...session, dpopKeyThumbprint: null },
      sessions,
      (laneClock) => createRefreshTokens('https://auth.example.com', keys, laneClock),
      revocations,
      policy,
    ),
  )
  const rows = openSessionRows(path, graceSeconds)

  async function runTogether(steps: readonly Step[]): Promise<Outcome[]> {
    const pairs = steps.map((step, index) => ({ step, lane: lanes[index]! }))
    rows.write(pairs.map(({ step, lane }) => [lane.session.id, firstRow(step), readAt(step)]))
    const first = await Promise.all(pairs.map(({ step, lane }) => runFirst(step, lane, sessions)))

    const finishing = pairs.filter(({ step }) => step.kind === 'finish')
    rows.write(finishing.map(({ step, lane }) => [lane.session.id, step.row, NOW]))
    const stops = await Promise.all(
      pairs.map(({ step, lane }, index) => runSecond(step, lane, first[index]!)),
    )
    return pairs.map(({ step, lane }, index) =>
      outcomeOf(step, stops[index]!, rows.read(lane.session.id)),
    )
  }

  return {
    async run(steps) {
      const outcomes: Outcome[] = []
      for (let index = 0; index < steps.length; index += LANES) {
        outcomes.push(...(await runTogether(steps.slice(index, index + LANES))))
      }
      return outcomes
    },
    async close() {
      rows.close()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function firstRow(step: Step): Row {
  return step.kind === 'finish' ? step.seen : step.row
}

/** When the row was read that the step decides on. */
function readAt(step: Step): UnixSeconds {
  return (step.kind === 'finish' ? NOW - step.seenSecondsAgo : NOW) as UnixSeconds
}

async function runFirst(step: Step, lane: Lane, sessions: SessionStore): Promise<Stop | null> {
  if (step.kind !== 'end') return lane.start(step.presented, readAt(step))
  await sessions.end(lane.session.id, 'logout', NOW)
  return null
}

async function runSecond(step: Step, lane: Lane, first: Stop | null): Promise<Stop | null> {
  const stop = step.kind === 'finish' ? await lane.resume(NOW) : first
  if (stop?.at === 'write' || stop?.at === 'second read') lane.abandon()
  return stop
}

function outcomeOf({ kind }: Step, stop: Stop | null, row: Row): Outcome {
  if (kind === 'end') return { kind: 'ended', row }
  switch (stop!.at) {
    case 'write':
      return { kind: 'deciding', row }
    case 'second read':
      return { kind: 'overtaken', row }
    case 'answer':
      return { kind: 'answered', generation: stop!.generation, row }
    case 'refusal':
      return { kind: stop!.revoked ? 'revoked' : 'refused', row }
  }
}

function rewriting(database: SqlDatabase, rewrite: RewriteSql): SqlDatabase {
  return {
    ...database,
    write: (operation) =>
      database.write((transaction) =>
        operation({
          get: (sql, parameters) => transaction.get(rewrite(sql), parameters),
          all: (sql, parameters) => transaction.all(rewrite(sql), parameters),
          run: (sql, parameters) => transaction.run(rewrite(sql), parameters),
        }),
      ),
    writeOne: (sql, parameters) => database.writeOne(rewrite(sql), parameters),
  }
}

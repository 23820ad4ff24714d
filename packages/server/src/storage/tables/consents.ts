import type { Consent, ConsentStore, StoredConsent } from '../../domain/consent.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'
import { statements as requestStatements } from './authorization-requests.ts'
import { markClientUsed } from './clients.ts'
import { appendEvent } from './events.ts'
import { sessionRevoked } from './sessions.ts'

interface ConsentRow {
  user_id: UserId
  client_id: string
  granted: string
  granted_at: number
}

const COLUMNS = 'user_id, client_id, granted, granted_at'

const takeApprovals = (userId: string) => `UPDATE device_authorizations
    SET approval = NULL, denied_at = ?
    WHERE client_id = ? AND redeemed_at IS NULL AND expires_at > ? AND ${userId} = ?`

export const statements = {
  find: `SELECT ${COLUMNS} FROM consents WHERE id = ?`,
  insert: `INSERT INTO consents (id, user_id, client_id, granted, granted_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING`,
  /** Of two at once one waits for the other, and then finds another one. */
  replace: `UPDATE consents SET granted = ?, granted_at = ? WHERE id = ? AND granted = ?`,
  listOfUser: `SELECT ${COLUMNS} FROM consents WHERE user_id = ? ORDER BY client_id`,
  withdraw: `DELETE FROM consents WHERE id = ?`,
  /** Before sessions end: what is being exchanged meanwhile has become one of them by then. */
  takeCodes: `DELETE FROM authorization_codes
    WHERE user_id = ? AND client_id = ? AND redeemed_at IS NULL`,
  /** Likewise what was allowed to a device that has not come for its tokens yet. */
  takeApprovals: {
    sqlite: takeApprovals(`json_extract(approval, '$.userId')`),
    postgres: takeApprovals(`CAST(approval AS json) ->> 'userId'`),
  },
  endSessions: `UPDATE sessions SET ended_at = ?, ended_reason = 'consent_withdrawn'
    WHERE user_id = ? AND client_id = ? AND ended_at IS NULL RETURNING id`,
}

export function createConsentStore(database: SqlDatabase): ConsentStore {
  return {
    async find(userId, clientId) {
      const row = await database.get<ConsentRow>(statements.find, [consentIdOf(userId, clientId)])
      return row === undefined ? null : { ...consentOf(row), revision: row.granted }
    },

    grant: (consent, inPlaceOf, requestIdHash, event) =>
      database.write(async (transaction) => {
        const { userId, clientId, grantedAt } = consent
        const approval = [userId, requestIdHash, clientId, grantedAt]
        if ((await transaction.run(requestStatements.approve, approval)) === 0) return 'over'
        // That it is approved is worth nothing without the consent.
        if (!(await store(transaction, consent, inPlaceOf))) return 'raced'
        await markClientUsed(transaction, clientId, grantedAt)
        await appendEvent(transaction, event)
        return 'granted'
      }),

    async listOfUser(userId) {
      const rows = await database.all<ConsentRow>(statements.listOfUser, [userId])
      return rows.map(consentOf)
    },

    withdraw: (userId, clientId, event) =>
      database.write(async (transaction) => {
        const { at } = event
        const consent = [consentIdOf(userId, clientId)]
        if ((await transaction.run(statements.withdraw, consent)) === 0) return null
        await appendEvent(transaction, event)
        await transaction.run(statements.takeCodes, [userId, clientId])
        const approvals = statements.takeApprovals[database.dialect]
        await transaction.run(approvals, [at, clientId, at, userId])
        type Row = { id: SessionId }
        const ended = await transaction.all<Row>(statements.endSessions, [at, userId, clientId])
        for (const { id } of ended) {
          await appendEvent(transaction, sessionRevoked(id, userId, 'consent_withdrawn', at))
        }
        return ended.map(({ id }) => ({ kind: 'session', subject: id, at }))
      }),
  }
}

async function store(
  transaction: SqlTransaction,
  { userId, clientId, grantedAt, grants, claims, redirectUri }: Consent,
  inPlaceOf: StoredConsent | null,
): Promise<boolean> {
  const id = consentIdOf(userId, clientId)
  const granted = JSON.stringify({ grants, claims, redirectUri })
  const changed = await (inPlaceOf === null
    ? transaction.run(statements.insert, [id, userId, clientId, granted, grantedAt])
    : transaction.run(statements.replace, [granted, grantedAt, id, inPlaceOf.revision]))
  return changed === 1
}

/** One column, so that a backup can walk along it; user identifiers have one length. */
export function consentIdOf(userId: UserId, clientId: string): string {
  return `${userId} ${clientId}`
}

function consentOf(row: ConsentRow): Consent {
  return {
    userId: row.user_id,
    clientId: row.client_id,
    // A row from before this was kept grants nothing: the user is asked again.
    grants: [],
    redirectUri: '',
    ...(JSON.parse(row.granted) as Pick<Consent, 'claims'> & Partial<Consent>),
    grantedAt: row.granted_at as UnixSeconds,
  }
}

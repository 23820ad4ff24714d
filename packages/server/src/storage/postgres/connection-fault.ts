import { Client, DatabaseError } from 'pg'

import { UnreachableDatabase } from '../database.ts'

/** What the kinds of failures mean: what is the matter, and what an operator does about it. */
const KINDS = {
  refused: [
    'the connection was refused',
    'Start PostgreSQL there, or correct host and port in MAPAE_DATABASE_URL.',
  ],
  unknownHost: ['the host is unknown', 'Correct the host in MAPAE_DATABASE_URL, or its DNS.'],
  timeout: [
    'no answer in time',
    'See whether PostgreSQL runs there and whether network and firewalls let this machine reach it.',
  ],
  authentication: [
    'authentication failed',
    'Correct user and password in MAPAE_DATABASE_URL, or pg_hba.conf of the server.',
  ],
  noDatabase: [
    'there is no such database',
    'Create it, or correct the name in MAPAE_DATABASE_URL.',
  ],
  notAllowed: [
    'the user may not use this database',
    'GRANT it CONNECT on the database, and CREATE and USAGE on the schema.',
  ],
  full: [
    'it has no connection left',
    'Raise max_connections of the server, or run fewer processes.',
  ],
  starting: ['it is starting or stopping', 'Try again in a moment.'],
  tls: [
    'no TLS connection could be made',
    'Look at sslmode in MAPAE_DATABASE_URL, and at the certificate of the server.',
  ],
} as const satisfies Record<string, readonly [fault: string, fix: string]>

type Kind = keyof typeof KINDS

const KIND_OF_CODE: Readonly<Record<string, Kind>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  ENOTFOUND: 'unknownHost',
  EAI_AGAIN: 'unknownHost',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'timeout',
  ENETUNREACH: 'timeout',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
  CERT_HAS_EXPIRED: 'tls',
  // SQLSTATE. Spec: PostgreSQL, Appendix A.
  '28P01': 'authentication',
  '28000': 'authentication',
  '3D000': 'noDatabase',
  '42501': 'notAllowed',
  '53300': 'full',
  '57P03': 'starting',
}

/** The driver tells these by their words only. */
const KIND_OF_WORDS: readonly (readonly [RegExp, Kind])[] = [
  [/time(d )?out/i, 'timeout'],
  [/^SASL/, 'authentication'],
  [/SSL/, 'tls'],
]

/**
 * Says where this program tried to connect and why that failed. Names host, port and database, for
 * whoever started it; never user or password.
 */
export function explainConnection(databaseUrl: string, error: unknown): UnreachableDatabase {
  // Never connected: it reads the URL and the environment as the pool does.
  const { host, port, database } = new Client({ connectionString: databaseUrl })
  const [reason, fix] = reasonOf(error)
  const place = `PostgreSQL at ${host}:${port}, database "${database}"`
  return new UnreachableDatabase(`${place}: ${reason}.`, fix, error)
}

function reasonOf(error: unknown): readonly [reason: string, fix: string] {
  const { code, message } = error as { code?: string; message: string }
  const kind = KIND_OF_CODE[code ?? ''] ?? KIND_OF_WORDS.find(([words]) => words.test(message))?.[1]
  if (kind !== undefined) return KINDS[kind]
  // Words of the server may name its users.
  const reason = error instanceof DatabaseError ? `error ${code}` : message
  return [reason, 'Look at MAPAE_DATABASE_URL, and at the log of PostgreSQL.']
}

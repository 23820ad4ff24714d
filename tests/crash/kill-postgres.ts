import { readdirSync, readFileSync } from 'node:fs'

import type { OwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'

interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/**
 * As a power cut: the postmaster and every process of it at the same moment. Where there is no
 * /proc the postmaster alone is killed, and the others end themselves when they notice.
 */
export async function killPostgres(postgres: OwnTestPostgres): Promise<void> {
  for (const pid of process.platform === 'linux' ? postgresProcesses() : []) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended in this moment.
    }
  }
  await postgres.kill()
}

/** Those among the descendants of this process, and no other PostgreSQL of the machine. */
function postgresProcesses(): number[] {
  const rows = new Map<number, ProcessRow>()
  for (const name of readdirSync('/proc')) {
    const row = /^\d+$/.test(name) ? processRow(Number(name)) : null
    if (row !== null) rows.set(row.pid, row)
  }
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (rows.has(pid) && isOurs(rows.get(pid)!.parent))
  return [...rows.values()]
    .filter(({ pid, command }) => command === 'postgres' && isOurs(pid))
    .map(({ pid }) => pid)
}

/** Spec: proc(5). */
function processRow(pid: number): ProcessRow | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [, command = '', parent = ''] = /\((.*)\) \S (\d+)/s.exec(text) ?? []
    return { pid, parent: Number(parent), command }
  } catch {
    return null
  }
}

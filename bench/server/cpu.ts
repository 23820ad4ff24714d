import { readdirSync, readFileSync } from 'node:fs'

/** Of Linux on every machine that Node supports. */
const TICKS_PER_SECOND = 100

interface ProcessStat {
  readonly parent: number
  readonly command: string
  readonly ticks: number
}

/** Spec: proc(5), /proc/pid/stat: user and system time of the process and of its dead children. */
function statOf(pid: number | string): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const end = text.lastIndexOf(')')
    const fields = text.slice(end + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    const command = text.slice(text.indexOf('(') + 1, end)
    return { parent: Number(fields[1]), command, ticks }
  } catch {
    // It ended between the listing and the reading.
    return null
  }
}

/** CPU seconds that a process has used, all its threads together. */
export function cpuSeconds(pid: number): number {
  return (statOf(pid)?.ticks ?? 0) / TICKS_PER_SECOND
}

/** CPU seconds of all PostgreSQL processes among the descendants of this one. */
export function postgresCpuSeconds(): number {
  const stats = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), statOf(name)] as const),
  )
  const isOurs = (pid: number): boolean => {
    if (pid === process.pid) return true
    const parent = stats.get(pid)?.parent ?? 0
    return parent > 1 && isOurs(parent)
  }
  let ticks = 0
  for (const [pid, stat] of stats) {
    if (stat?.command === 'postgres' && isOurs(pid)) ticks += stat.ticks
  }
  return ticks / TICKS_PER_SECOND
}

/** Resident memory of a process. */
export function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

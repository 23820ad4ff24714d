import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Something to be timed: `prepare` makes its inputs outside the clock, `run` uses one of them. */
export interface Subject {
  readonly name: string
  readonly prepare?: (count: number) => readonly string[]
  readonly run: (input: string) => unknown
}

export interface Measured {
  readonly name: string
  /** Median CPU time of one call. */
  readonly microseconds: number
  /** Median over the rounds of the first subject's time divided by this one's. */
  readonly ratio: number
}

export interface MeasureOptions {
  readonly rounds: number
  readonly roundMilliseconds: number
}

/**
 * Time subjects against the first of them. Rounds are short, many and interleaved, and start with
 * another subject each time, so that a busy machine slows all alike; CPU time of the whole process
 * is counted, so that work on other threads is not free, and garbage is collected before each
 * round, so that nobody pays for another's.
 */
export async function measure(
  subjects: readonly Subject[],
  { rounds, roundMilliseconds }: MeasureOptions,
): Promise<Measured[]> {
  const counts: number[] = []
  for (const subject of subjects) counts.push(await calibrate(subject, roundMilliseconds))
  const times: number[][] = subjects.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const index = (turn + round) % subjects.length
      times[index]!.push(await timeOnce(subjects[index]!, counts[index]!))
    }
  }
  return subjects.map(({ name }, index) => ({
    name,
    microseconds: median(times[index]!),
    ratio: median(times[index]!.map((time, round) => times[0]![round]! / time)),
  }))
}

async function calibrate(subject: Subject, roundMilliseconds: number): Promise<number> {
  const warmUp = 300
  await timeOnce(subject, warmUp)
  const microseconds = await timeOnce(subject, warmUp)
  return Math.max(4, Math.ceil((roundMilliseconds * 1000) / microseconds))
}

async function timeOnce(subject: Subject, count: number): Promise<number> {
  const inputs = subject.prepare?.(count)
  collectGarbage()
  const before = process.cpuUsage()
  for (let call = 0; call < count; call++) {
    const answer = subject.run(inputs === undefined ? '' : inputs[call]!)
    if (answer instanceof Promise) await answer
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

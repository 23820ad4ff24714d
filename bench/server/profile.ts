import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface Share {
  readonly name: string
  /** Of the time in which the process was not idle. */
  readonly percent: number
}

/** Where the CPU time of the main thread went: functions' own time, added up by who wrote them. */
export function summariseProfile(folder: string, by: 'part' | 'function'): Share[] {
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error(`there is no profile in ${folder}`)
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      by === 'part' ? partOf(functionName, url) : `${functionName} ${url.split('/').at(-1)}`,
    ]),
  )
  const times = new Map<string, number>()
  for (const [index, sample] of profile.samples.entries()) {
    const name = names.get(sample)!
    times.set(name, (times.get(name) ?? 0) + profile.timeDeltas[index]!)
  }
  times.delete('idle')
  times.delete('(idle) ')
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([name, time]) => ({ name, percent: (100 * time) / total }))
    .toSorted((left, right) => right.percent - left.percent)
}

function partOf(functionName: string, url: string): string {
  if (functionName.startsWith('(')) return functionName.slice(1, -1)
  const packageName = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (packageName !== undefined) return packageName
  const own = /packages\/(\w+)\/(?:src|dist)\/([\w-]+)/.exec(url)
  if (own !== null) return own[1] === 'jwt' ? '@mapae/jwt' : `mapae: ${own[2]}`
  const builtIn = /^node:(?:internal\/)?(?:deps\/)?([\w-]+)/.exec(url)?.[1]
  return builtIn === undefined ? 'native code' : `node: ${builtIn.replace(/^_/, '')}`
}

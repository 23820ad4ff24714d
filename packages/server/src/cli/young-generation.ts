import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Both halves of it. Half of this costs more collections, more of it costs memory and gains nothing. */
const ENOUGH_BYTES = 8 * 1024 * 1024

/**
 * Keeps the part of the heap in which objects are made at 8 MiB. V8 would let it grow to 128 MiB
 * under load and keep that. Its upper bound is fixed when a process begins, out of a program's
 * reach; by how much it grows is asked at each growth. V8 makes it smaller in quiet times, so it
 * must be able to grow again: a look after each collection decides.
 */
export function keepYoungGenerationSmall(): void {
  let mayGrow = true
  function decide(): void {
    const isSmall = youngGenerationBytes() < ENOUGH_BYTES
    if (isSmall === mayGrow) return
    mayGrow = isSmall
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`)
  }
  decide()
  new PerformanceObserver(decide).observe({ entryTypes: ['gc'] })
}

function youngGenerationBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return space?.space_size ?? 0
}

import { AsyncLocalStorage } from 'node:async_hooks'

/** Counts the statements that the database runs because of a piece of work. */
export interface QueryCount {
  /** To be called for each statement. */
  watch(sql: string): void
  during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly queries: number }>
}

export function createQueryCount(): QueryCount {
  const running = new AsyncLocalStorage<{ queries: number }>()
  return {
    watch() {
      const count = running.getStore()
      if (count !== undefined) count.queries++
    },
    async during(work) {
      const count = { queries: 0 }
      const result = await running.run(count, work)
      return { result, queries: count.queries }
    },
  }
}

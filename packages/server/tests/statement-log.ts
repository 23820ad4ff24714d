import { StatementSync } from 'node:sqlite'

const VERBS = ['get', 'all', 'run', 'iterate'] as const

/** What the server asks every quarter of a second, whoever calls. */
const POLL = /AS at FROM sessions WHERE ended_at >=/

/**
 * Collects the text of every statement that any embedded database runs while `action` does, except
 * the poll for revocations. Counted in the engine's own class, so that nothing slips past.
 */
export async function statementsDuring(action: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  const prototype = StatementSync.prototype as unknown as Record<string, (...all: any[]) => any>
  const originals = VERBS.map((verb) => [verb, prototype[verb]!] as const)
  for (const [verb, original] of originals) {
    prototype[verb] = function counted(this: StatementSync, ...parameters: unknown[]) {
      if (!POLL.test(this.sourceSQL)) statements.push(this.sourceSQL)
      return original.apply(this, parameters)
    }
  }
  try {
    await action()
  } finally {
    for (const [verb, original] of originals) prototype[verb] = original
  }
  return statements
}

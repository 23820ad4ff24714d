import { ConfigurationError, MapaeError, type ErrorCode } from '../domain/errors.ts'

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  verificationFailed: 5,
  unreachable: 6,
} as const

/** Ends a command with one line on standard error and its exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(kind: keyof typeof exitCodes, message: string) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCodes[kind]
  }
}

/** What a person reads, and the exit code; anything unexpected keeps its stack. */
export function explainFailure(error: unknown): { text: string; exitCode: number } {
  if (error instanceof CommandFailure) return { text: error.message, exitCode: error.exitCode }
  if (error instanceof ConfigurationError) {
    return { text: error.message, exitCode: exitCodes.failure }
  }
  if (error instanceof MapaeError) return { text: textOf(error), exitCode: exitCodeOf(error) }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text, exitCode: exitCodes.failure }
}

const STAND_ALONE = new Set<ErrorCode>(['not_found', 'client_refused', 'storage_unavailable'])

/** The title is written for whoever calls an address; a detail that says all of it stands alone. */
function textOf({ code, message, details: { detail } }: MapaeError): string {
  if (detail === undefined) return message
  return STAND_ALONE.has(code) ? detail : `${message} ${detail}`
}

function exitCodeOf({ code }: MapaeError): number {
  if (code === 'storage_unavailable') return exitCodes.unreachable
  if (code === 'client_refused') return exitCodes.usage
  return code === 'not_found' ? exitCodes.notFound : exitCodes.failure
}

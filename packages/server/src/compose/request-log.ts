import type { RequestLog } from '../http/app.ts'
import type { Metrics } from '../http/metrics.ts'

interface RequestLogger {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** These say 503 because all is as it should be: a queue that is full, a node that leaves. */
const NO_FAULTS: ReadonlySet<string> = new Set(['server_busy', 'server_stopping'])

/** An operator can do something about these; why holds nothing that came in. */
const TOLD_WHY: ReadonlySet<string> = new Set(['token_too_large'])

/** Counts every request and logs it: faults are errors, refusals are not. */
export function createRequestLog(logger: RequestLogger, metrics: Metrics): RequestLog {
  return (entry, error) => {
    metrics.countRequest(entry, error)
    if (error === null) return logger.info(entry, 'answered')
    const fields = { ...entry, code: error.code }
    const isFault = entry.status >= 500 && !NO_FAULTS.has(error.code)
    if (isFault) logger.error({ ...fields, err: error.cause }, 'failed')
    else {
      const { cause } = error
      const isTold = TOLD_WHY.has(error.code) && cause instanceof Error
      const because = isTold ? { because: cause.message } : {}
      logger.info({ ...fields, ...because }, 'refused')
    }
  }
}

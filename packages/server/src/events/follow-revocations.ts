import type { RevocationBell } from '../domain/ports.ts'

/** What another process revoked is refused here within this time and that of a query. */
const READ_EVERY_MILLISECONDS = 250
/** A storm of rings is answered so often and no more. */
const REST_AFTER_RING_MILLISECONDS = 50

/**
 * Reads what other processes revoked: every so often, and at once when they ring. The ring only
 * saves waiting; one that is lost changes nothing. Returns how to stop, which resolves when nothing
 * is being read any more.
 */
export function followRevocations(
  catchUp: () => Promise<void>,
  bell: RevocationBell,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let reading: Promise<void> | null = null
  let isRung = false
  let resting: NodeJS.Timeout | undefined
  let isStopped = false

  function read(): void {
    if (reading !== null || isStopped) return
    isRung = false
    reading = catchUp()
      .catch(failed)
      .finally(() => {
        reading = null
        clearTimeout(resting)
        resting = setTimeout(endRest, REST_AFTER_RING_MILLISECONDS).unref()
      })
  }

  function endRest(): void {
    resting = undefined
    if (isRung) read()
  }

  const timer = setInterval(read, READ_EVERY_MILLISECONDS).unref()
  const stopListening = bell.onRing(() => {
    // What is being read just now may not have what the ring is about.
    isRung = true
    if (resting === undefined) read()
  })
  return async () => {
    isStopped = true
    clearInterval(timer)
    clearTimeout(resting)
    await Promise.all([stopListening(), reading])
  }
}

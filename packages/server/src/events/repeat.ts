/**
 * Does the task every so often, never twice at the same time. Returns how to stop it: that resolves
 * when it is not in the middle of the task any more.
 */
export function repeat(
  everyMilliseconds: number,
  task: (stopping: AbortSignal) => Promise<void>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  const stopping = new AbortController()
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= task(stopping.signal)
      .catch(failed)
      .finally(() => {
        running = null
      })
  }, everyMilliseconds).unref()
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await running
  }
}

/** Lets many wait for the next time that something happens. */
export interface ChangeSignal {
  /** Resolves at the next change, after that time, or when `gone` fires. */
  readonly next: (milliseconds: number, gone: AbortSignal) => Promise<void>
  /** Everybody who waits goes on. */
  changed(): void
}

export function createChangeSignal(): ChangeSignal {
  const waiting = new Set<() => void>()
  return {
    next: (milliseconds, gone) =>
      new Promise((resolve) => {
        const goOn = () => {
          clearTimeout(timer)
          gone.removeEventListener('abort', goOn)
          waiting.delete(goOn)
          resolve()
        }
        const timer = setTimeout(goOn, milliseconds).unref()
        waiting.add(goOn)
        gone.addEventListener('abort', goOn, { once: true })
        if (gone.aborted) goOn()
      }),
    changed() {
      for (const goOn of waiting) goOn()
    },
  }
}

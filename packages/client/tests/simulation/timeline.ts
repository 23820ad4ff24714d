interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Time that passes only when told: runs what is due in its order, and lets promises settle between. */
export function createTimeline() {
  let now = 0
  let order = 0
  let events: Event[] = []
  return {
    /** Milliseconds since the start. */
    now: () => now,
    /** Returns how to cancel it. */
    after(milliseconds: number, run: () => void): () => void {
      const event = { at: now + milliseconds, order: (order += 1), run }
      events.push(event)
      return () => {
        events = events.filter((one) => one !== event)
      }
    },
    async advance(milliseconds: number): Promise<void> {
      const end = now + milliseconds
      for (;;) {
        await new Promise(setImmediate)
        const next = events
          .filter(({ at }) => at <= end)
          .toSorted((a, b) => a.at - b.at || a.order - b.order)[0]
        if (next === undefined) break
        events = events.filter((one) => one !== next)
        now = next.at
        next.run()
      }
      now = end
    },
  }
}

export type Timeline = ReturnType<typeof createTimeline>

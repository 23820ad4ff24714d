import { signal } from '@preact/signals'

const TICK_MILLISECONDS = 200

/** Unix time in seconds with fractions; moves by itself. */
export const now = signal(Date.now() / 1000)

setInterval(() => {
  now.value = Date.now() / 1000
}, TICK_MILLISECONDS)

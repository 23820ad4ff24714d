/** The only clock this library reaches for itself, and only where none is given. Unix seconds. */
export function systemClock(): number {
  return Math.floor(Date.now() / 1000)
}

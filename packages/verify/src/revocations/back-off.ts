const firstMilliseconds = 250
const longestMilliseconds = 15_000
/** As long as a server may ask for. */
const longestAskedMilliseconds = 60_000

/**
 * How long to wait before the next attempt: any time up to a bound that doubles with each failure,
 * so that those whom one node's end sent away do not all come back at the same moment.
 * `random` is from 0 up to 1; `askedMilliseconds` is what the stream's `retry` said.
 */
export function backOffMilliseconds(
  failures: number,
  askedMilliseconds: number,
  random: number,
): number {
  const bound = Math.min(firstMilliseconds * 2 ** failures, longestMilliseconds)
  const own = random * bound
  // The usual second is what browsers need to be told; only more than that is a plea.
  const asked = askedMilliseconds > 1000 ? Math.min(askedMilliseconds, longestAskedMilliseconds) : 0
  return Math.max(own, asked * (0.5 + random / 2))
}

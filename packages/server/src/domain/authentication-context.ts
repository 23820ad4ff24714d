import type { AuthenticationMethod } from './browser-session.ts'

/** One way to reach a class: by all of these methods in one sign-in. */
interface WayToClass {
  /** Spec: OpenID Connect Core section 2: an absolute URI, or a name registered by RFC 6711. */
  readonly acr: string
  readonly methods: readonly AuthenticationMethod[]
}

/**
 * What sign-ins are worth, the strongest class first: the one place that knows. A class may be
 * reached in several ways, each a line. Registered names are for what they were registered for:
 * `phr` and `phrh` for what cannot be phished (OpenID Connect EAP ACR Values 1.0).
 */
const waysToClasses: readonly WayToClass[] = [{ acr: 'urn:mapae:1fa', methods: ['pwd'] }]

/** Every class that a sign-in can be of, the strongest first. */
export const reachableAcrValues: readonly string[] = [
  ...new Set(waysToClasses.map(({ acr }) => acr)),
]

/** Every class that a sign-in by these methods is of, the strongest first. */
export function acrValuesOf(amr: readonly AuthenticationMethod[]): readonly string[] {
  const reached = waysToClasses.filter(({ methods }) => methods.every((one) => amr.includes(one)))
  return [...new Set(reached.map(({ acr }) => acr))]
}

/**
 * What is said of a sign-in that is of several classes: the first that the client wants, because it
 * compares as text, else the strongest. Null: there is nothing to say.
 */
export function chooseAcr(reached: readonly string[], wanted: readonly string[]): string | null {
  return wanted.find((acr) => reached.includes(acr)) ?? reached[0] ?? null
}

/**
 * Parameters of a query or a form, as the schemas read them: one that came once is a text, one that
 * came again a list, which only a schema that asks for a list accepts. One without a value counts as
 * left out. Spec: RFC 6749 section 3.1.
 */
export function readParameters(encoded: string): Readonly<Record<string, string | string[]>> {
  const values = Map.groupBy(new URLSearchParams(encoded), ([name]) => name)
  return Object.fromEntries(
    [...values]
      .map(([name, pairs]) => [name, pairs.map(([, value]) => value)] as const)
      .filter(([, [first, ...more]]) => first !== '' || more.length > 0)
      .map(([name, all]) => [name, all.length === 1 ? all[0]! : all]),
  )
}

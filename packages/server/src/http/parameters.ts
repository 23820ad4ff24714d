/**
 * Parameters of a query or a form, as the schemas read them: one that came once is a text, one that
 * came again a list, which only a schema that asks for a list accepts. One without a value counts as
 * left out. Spec: RFC 6749 section 3.1.
 */
export function readParameters(encoded: string): Readonly<Record<string, string | string[]>> {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of new URLSearchParams(encoded)) {
    const earlier = values.get(name)
    if (earlier === undefined) values.set(name, value)
    else if (typeof earlier === 'string') values.set(name, [earlier, value])
    else earlier.push(value)
  }
  for (const [name, value] of values) {
    if (value === '') values.delete(name)
  }
  return Object.fromEntries(values)
}

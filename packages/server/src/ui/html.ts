const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** Text that is markup already. Only the template below makes it. */
class Html {
  readonly #markup: string

  constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

export type { Html }

/** What a template takes: nothing, text, which is escaped, or markup, which is not. */
export type Part = Html | string | number | null | readonly Part[]

/**
 * Markup from a template. Every text that is put in is escaped for element content and for quoted
 * attributes; so attributes are always quoted, and no text goes into a script, a style or the
 * address of a link that is not ours.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = template.map((literal, index) => literal + markupOf(parts[index] ?? null))
  return new Html(markup.join(''))
}

function markupOf(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.toString()
  if (typeof part === 'object') return part.map(markupOf).join('')
  return String(part).replaceAll(/[&<>"'`]/g, (character) => ESCAPES[character]!)
}

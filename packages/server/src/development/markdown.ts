import { html, type Html, type Part } from '../ui/html.ts'

const FENCE = /^```/
const HEADING = /^(#{1,4}) (.*)$/
const ITEM = /^(?:- |\d+\. )(.*)$/
const ROW = /^\|(.*)\|$/
const RULE_ROW = /^\|[\s:|-]+\|$/
const STARTS_BLOCK = /^(?:```|#{1,4} |- |\d+\. |\||<!--|$)/

/**
 * Turns the Markdown of our own documentation into HTML: headings (the n-th of the second level gets
 * the anchor `hN`, in every language), paragraphs, lists, tables, code. What it does not know stays
 * text; no markup comes through.
 */
export function renderMarkdown(text: string): readonly Html[] {
  const lines = text.split('\n')
  const blocks: Html[] = []
  let sections = 0
  let at = 0
  const take = (isPart: (line: string) => boolean): string[] => {
    const start = at
    while (at < lines.length && isPart(lines[at]!)) at++
    return lines.slice(start, at)
  }
  while (at < lines.length) {
    const line = lines[at]!
    const heading = HEADING.exec(line)
    if (FENCE.test(line)) {
      at++
      const code = take((one) => !FENCE.test(one)).join('\n')
      blocks.push(html`<pre tabindex="0"><code>${code}</code></pre>`)
      at++
    } else if (heading !== null) {
      at++
      const [, marks, title] = heading
      if (marks === '##') sections++
      blocks.push(headingBlock(marks!.length, sections, inline(title!)))
    } else if (ROW.test(line)) blocks.push(table(take((one) => ROW.test(one))))
    else if (ITEM.test(line)) blocks.push(list(take((one) => one !== '' && !HEADING.test(one))))
    else if (line === '' || line.startsWith('<!--')) at++
    else {
      at++
      const words = [line, ...take((one) => !STARTS_BLOCK.test(one))].join(' ')
      blocks.push(html`<p>${inline(words)}</p>`)
    }
  }
  return blocks
}

function headingBlock(level: number, section: number, title: Part): Html {
  if (level === 1) return html`<h1>${title}</h1>`
  return level === 2 ? html`<h2 id="h${section}">${title}</h2>` : html`<h3>${title}</h3>`
}

function list(lines: readonly string[]): Html {
  const items: string[] = []
  for (const line of lines) {
    const item = ITEM.exec(line)?.[1]
    if (item === undefined) items.push(`${items.pop() ?? ''} ${line.trim()}`)
    else items.push(item)
  }
  const entries = items.map((item) => html`<li>${inline(item)}</li>`)
  return lines[0]!.startsWith('- ')
    ? html`<ul>
        ${entries}
      </ul>`
    : html`<ol>
        ${entries}
      </ol>`
}

function table(lines: readonly string[]): Html {
  const [head = [], ...rows] = lines
    .filter((line) => !RULE_ROW.test(line))
    .map((line) =>
      ROW.exec(line)![1]!
        .split(/(?<!\\)\|/)
        .map((cell) => inline(cell.trim())),
    )
  const headings = head.map((cell) => html`<th scope="col">${cell}</th>`)
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  )
  return html`<div class="table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${headings}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`
}

/** Code, which means nothing inside; bold; links. */
const PIECES = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]*)\]\(([^)]*)\)/g
/** Other pages of the documentation; other links lead out of it and stay text. */
const OTHER_PAGE = /^([\w-]+)\.md(?:#.*)?$/

function inline(text: string): Part {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(PIECES)) {
    const [whole, code, strong, label, target] = match
    parts.push(plain(text.slice(end, match.index)))
    end = match.index + whole.length
    const page = OTHER_PAGE.exec(target ?? '')?.[1]
    if (code !== undefined) parts.push(html`<code>${plain(code)}</code>`)
    else if (strong !== undefined) parts.push(html`<strong>${inline(strong)}</strong>`)
    else if (page === undefined) parts.push(inline(label!))
    else parts.push(html`<a href="/demo/docs/${page}">${inline(label!)}</a>`)
  }
  parts.push(plain(text.slice(end)))
  return parts
}

function plain(text: string): string {
  return text.replaceAll('\\|', '|')
}

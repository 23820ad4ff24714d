import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../repository/source-file.ts'

/** A page of the documentation: its path from the root of the repository, and its text. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** A fenced block of a page. */
export interface CodeBlock {
  readonly language: string
  readonly text: string
  /** Line of the opening fence, counted from 1. */
  readonly line: number
}

/** Commands of a page, with what the page says that they print. */
export interface Step {
  readonly commands: string
  readonly line: number
  /** `…` stands for any characters of one line. Null: the page does not say. */
  readonly expected: string | null
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

/** Every page that a reader may follow. */
export function readPages(): Page[] {
  const guides = ['docs/en', 'docs/ko'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .toSorted()
      .map((name) => `${folder}/${name}`),
  )
  return ['README.md', 'README.ko.md', 'ARCHITECTURE.md', ...guides].map(readPage)
}

export function codeBlocks({ text }: Page): CodeBlock[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    language: match[1]!,
    text: match[2]!,
    line: text.slice(0, match.index).split('\n').length,
  }))
}

/** The `sh` blocks, each with the `text` block that follows it at once. */
export function stepsOf(page: Page): Step[] {
  const lines = page.text.split('\n')
  const blocks = codeBlocks(page)
  return blocks.flatMap((block, index) => {
    if (block.language !== 'sh') return []
    const next = blocks[index + 1]
    const end = block.line + block.text.split('\n').length
    const between = lines.slice(end, next === undefined ? end : next.line - 1).join('')
    const isOutput = next?.language === 'text' && between.trim() === ''
    return [
      { commands: block.text, line: block.line, expected: isOutput ? next.text.trimEnd() : null },
    ]
  })
}

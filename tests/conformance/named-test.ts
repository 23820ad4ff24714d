import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../repository/source-file.ts'

/** A test by its file, and the name that stands there as a text: its own or that of a row of its data. */
export interface NamedTest {
  readonly file: string
  readonly name: string
}

/** Why there is no such test; null when there is. */
export function findFault({ file, name }: NamedTest): string | null {
  const path = join(ROOT, file)
  if (!/(\.test\.ts|\.jsonl)$/.test(file)) return `${file} is no file of tests`
  if (!existsSync(path)) return `${file} does not exist`
  const text = readFileSync(path, 'utf8')
  const isThere = file.endsWith('.jsonl') ? hasRow(text, name) : hasText(text, name)
  return isThere ? null : `${file} has no test "${name}"`
}

function hasText(source: string, name: string): boolean {
  const quotes = ["'", '"', '`']
  return quotes.some((quote) => source.includes(quote + name + quote))
}

/** Rows are called by their identifier, or by their name, with their topic when they have one. */
function hasRow(data: string, name: string): boolean {
  return data
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { topic?: string; name?: string; id?: string })
    .some(({ topic, name: own, id }) => name === (id ?? [topic, own].filter(Boolean).join(': ')))
}

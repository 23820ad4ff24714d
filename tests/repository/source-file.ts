import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the repository: its path from the root, with forward slashes, and its text, if it is one. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** One breach of one rule, worded so that the reader knows what to do. */
export interface Finding {
  readonly path: string
  readonly line?: number
  readonly message: string
}

/** A rule looks at all files at once, so that a test can hand it a made-up repository. */
export type Rule = (files: readonly SourceFile[]) => Finding[]

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const NOT_OURS = new Set(['.git', 'node_modules', 'dist', 'coverage', '.mapae'])
const TEXT =
  /(\.(ts|tsx|js|mjs|json|jsonl|md|css|html|svg|sql|sh|yml|yaml|txt)|rc|LICENSE|run|\.\w+ignore)$/

/** Every file of the repository, what others installed or built left out. */
export function readRepository(): SourceFile[] {
  const paths: string[] = []
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) visit(path)
      if (entry.isFile()) paths.push(path)
    }
  }
  visit(ROOT)
  return paths.map((path) => ({
    path: relative(ROOT, path).split(sep).join('/'),
    text: TEXT.test(path) ? readFileSync(path, 'utf8') : '',
  }))
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/** What a test prints for findings: one line each, ready to click. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ path, line, message }) => `${path}${line ? `:${line}` : ''} ${message}`)
    .join('\n')
}

import { posix } from 'node:path'
import { blankComments } from './code-text.ts'
import { lineAt, type SourceFile } from './source-file.ts'

export interface Import {
  readonly specifier: string
  readonly line: number
  /** The path from the root when the import is relative. */
  readonly target?: string
}

const IMPORTS = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
]

/** Workers and other programs are named like this. */
const NEIGHBOURS = /\bnew URL\(\s*['"](?:\.\/)?([^'":]+)['"]\s*,\s*import\.meta\.url/g

/** A worker whose file ends as the one that starts it does: `.ts` here, `.js` when built. */
const WORKERS = /\bnew URL\(\s*`(?:\.\/)?([^`$]+)\$\{extname\(import\.meta\.url\)\}`/g

/** Everything that a TypeScript or JavaScript file imports, in whatever form. */
export function findImports(file: SourceFile): Import[] {
  const code = blankComments(file.text, 'strings')
  const describe = (pattern: RegExp, beginning = '', ending = '') =>
    [...code.matchAll(pattern)].map((match): Import => {
      const specifier = `${beginning}${match[1]}${ending}`
      const line = lineAt(code, match.index + match[0].indexOf(match[1] ?? ''))
      if (!specifier.startsWith('.')) return { specifier, line }
      return { specifier, line, target: posix.join(posix.dirname(file.path), specifier) }
    })
  return [
    ...IMPORTS.flatMap((pattern) => describe(pattern)),
    ...describe(NEIGHBOURS, './'),
    ...describe(WORKERS, './', '.ts'),
  ]
}

/** `hono/cors` belongs to `hono`, `@scope/name/part` to `@scope/name`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

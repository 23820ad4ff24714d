import { blankComments } from './code-text.ts'
import { findImports } from './imports.ts'
import { lineAt, type Rule, type SourceFile } from './source-file.ts'

const SOURCE = /^packages\/[^/]+\/src\/.*\.tsx?$/
const TEST_CODE = /^(packages\/[^/]+\/|scripts\/)?tests\/.*\.ts$/

/** Every source file is reached from what its package exports or runs. */
export const noDeadFiles: Rule = (files) => {
  const reached = reach(files, files.flatMap(entryPoints))
  return files
    .filter(({ path }) => SOURCE.test(path) && !reached.has(path))
    .map(({ path }) => ({ path, message: 'nothing that is exported or run imports this file' }))
}

/** Every file among the tests is a test, serves one, or is a program that package.json names. */
export const noDeadTestFiles: Rule = (files) => {
  const tests = files.map(({ path }) => path).filter((path) => path.endsWith('.test.ts'))
  const reached = reach(files, [...tests, ...files.flatMap(entryPoints)])
  return files
    .filter(({ path }) => TEST_CODE.test(path) && !reached.has(path))
    .map(({ path }) => ({ path, message: 'no test imports this file' }))
}

/** A value that is exported is used by another file, or is offered by a package. Types are free: they name what signatures say. */
export const noDeadExports: Rule = (files) => {
  const entries = new Set(files.flatMap(entryPoints))
  const wordsOf = new Map(files.map((file) => [file.path, new Set(file.text.match(/\w+/g))]))
  const usedElsewhere = (name: string, home: string) =>
    files.some(
      ({ path }) => path !== home && /\.[jt]sx?$/.test(path) && wordsOf.get(path)?.has(name),
    )
  return files
    .filter(({ path }) => SOURCE.test(path) && !entries.has(path))
    .flatMap((file) =>
      exportedNames(file)
        .filter(({ name }) => !usedElsewhere(name, file.path))
        .map(({ name, line }) => ({
          path: file.path,
          line,
          message: `no other file uses ${name}: do not export it`,
        })),
    )
}

function exportedNames(file: SourceFile): { name: string; line: number }[] {
  const code = blankComments(file.text, 'code only')
  const declaration = /^export (?:async )?(?:abstract )?(?:const|let|function\*?|class) (\w+)/gm
  return [...code.matchAll(declaration)].map((match) => ({
    name: match[1] ?? '',
    line: lineAt(code, match.index),
  }))
}

/** The sources that a package.json names: exports, private imports, programs and scripts. */
function entryPoints(manifest: SourceFile): string[] {
  if (!/(^|\/)package\.json$/.test(manifest.path)) return []
  const folder = manifest.path.slice(0, -'package.json'.length)
  const names = manifest.text.match(/[\w./-]+\.[jt]s\b/g) ?? []
  return names.map((name) => {
    const path = folder + name.replace(/^\.\//, '')
    return path.replace(/\/dist\/(.*)\.js$/, '/src/$1.ts')
  })
}

function reach(files: readonly SourceFile[], entries: readonly string[]): Set<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<string>()
  const queue = [...entries]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    queue.push(...findImports(file).flatMap(({ target }) => target ?? []))
  }
  return reached
}

import { posix } from 'node:path'
import { lineAt, type Finding, type Rule, type SourceFile } from './source-file.ts'

/** These files hold the bad examples that the rules about words are tried on. */
const OWN_EXAMPLES = 'tests/repository/'

const EMPTY_NAMES = new Set(['util', 'utils', 'common', 'shared', 'helper', 'helpers', 'misc'])

/** A name says what is inside. */
export const tellingNames: Rule = (files) =>
  files.flatMap(({ path }) => {
    const empty = path
      .split('/')
      .map((segment) => segment.split('.')[0] ?? '')
      .find((name) => EMPTY_NAMES.has(name) || /-(utils?|helpers?)$/.test(name))
    return empty ? [{ path, message: `"${empty}" says nothing: name what is inside` }] : []
  })

interface BannedText {
  readonly pattern: RegExp
  readonly message: string
  readonly only?: RegExp
}

const BANNED_TEXTS: readonly BannedText[] = [
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/g,
    message: 'leaves work for nobody: do it, or open an issue',
  },
  {
    pattern: /\b(test|it|describe|suite|t)\.(only|skip|todo)\b|\b(only|skip|todo):\s*true\b/g,
    message: 'leaves tests out',
    only: /\.test\.ts$/,
  },
  {
    // Not part of an URL and not below another folder.
    pattern: /(?<![\w.~:/*}-])\/(home|root|Users|work|workspace|tmp|mnt)\/\w/g,
    message: 'is a path of one machine',
  },
  {
    pattern: /https?:\/\/[\w.-]*(registry|npmmirror|verdaccio|artifactory)[\w.-]*/g,
    message: "names a registry: which one is used is everybody's own choice",
  },
]

/** Nothing is left undone, left out or tied to one machine. */
export const bannedTexts: Rule = (files) =>
  files
    .filter(({ path }) => !path.startsWith(OWN_EXAMPLES))
    .flatMap((file) =>
      BANNED_TEXTS.filter(({ only }) => only === undefined || only.test(file.path)).flatMap(
        ({ pattern, message }) =>
          [...file.text.matchAll(pattern)].map((match) => ({
            path: file.path,
            line: lineAt(file.text, match.index),
            message: `"${match[0]}" ${message}`,
          })),
      ),
    )

/** The lockfile says what is installed, never from where. */
export const lockfileWithoutHosts: Rule = (files) =>
  files
    .filter(({ path }) => path.endsWith('package-lock.json'))
    .flatMap((file) =>
      [...file.text.matchAll(/"resolved": "https?:[^"]*"/g)].map((match) => ({
        path: file.path,
        line: lineAt(file.text, match.index),
        message: 'names a registry: run npm install with the .npmrc of this repository',
      })),
    )

interface Lockfile {
  readonly packages: Record<string, { readonly optionalDependencies?: Record<string, string> }>
}

/** The lockfile holds the packages of every platform, not only of the one it was made on. */
export const lockfileForAllPlatforms: Rule = (files) =>
  files
    .filter(({ path }) => path.endsWith('package-lock.json'))
    .flatMap(({ path, text }) => {
      const { packages } = JSON.parse(text) as Lockfile
      const places = Object.keys(packages)
      return Object.values(packages)
        .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
        .filter((name) => !places.some((place) => place.endsWith(`node_modules/${name}`)))
        .map((name) => ({
          path,
          message: `lacks ${name}, and then npm ci fails where it exists: use a version that has it`,
        }))
    })

/** A suppressed check says why, on the same line. */
export const explainedSuppressions: Rule = (files) =>
  files
    .filter(({ path }) => /\.[jt]sx?$/.test(path) && !path.startsWith(OWN_EXAMPLES))
    .flatMap((file) =>
      [...file.text.matchAll(/(?:oxlint|eslint)-disable[^\n]*|@ts-expect-error[^\n]*/g)]
        .filter((match) => !/ -- \w|@ts-expect-error \w/.test(match[0]))
        .map((match) => ({
          path: file.path,
          line: lineAt(file.text, match.index),
          message: 'suppresses a check without a reason: add "-- reason"',
        })),
    )

/** English and Korean pages come in pairs. */
export const translatedPages: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path))
  return files.flatMap(({ path }) => {
    const twin = twinOf(path)
    return twin && !paths.has(twin) ? [{ path, message: `has no twin ${twin}` }] : []
  })
}

function twinOf(path: string): string | undefined {
  if (path.startsWith('docs/en/')) return path.replace('docs/en/', 'docs/ko/')
  if (path.startsWith('docs/ko/')) return path.replace('docs/ko/', 'docs/en/')
  if (path === 'README.md') return 'README.ko.md'
  return path === 'README.ko.md' ? 'README.md' : undefined
}

/** Decisions are referred to by their numbers. */
export const decisionsHaveNumbers: Rule = (files) => {
  const decisions = files.filter(({ path }) => /^docs\/adr\/\d{4}-/.test(path))
  const byNumber = Map.groupBy(decisions, ({ path }) => path.slice(0, 'docs/adr/0000'.length))
  return [...byNumber.values()]
    .flatMap(([, ...others]) => others)
    .map(({ path }) => ({ path, message: 'has the number of another decision' }))
}

/** A relative link in a page leads to a file or a folder that is there. */
export const linksResolve: Rule = (files) => {
  const paths = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]))
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap((file) => brokenLinks(file, (path) => paths.has(path)))
}

function foldersOf(path: string): string[] {
  const folder = posix.dirname(path)
  return folder === '.' ? ['.'] : [folder, ...foldersOf(folder)]
}

function brokenLinks(file: SourceFile, exists: (path: string) => boolean): Finding[] {
  const prose = file.text.replace(/^```[^]*?^```|`[^`\n]*`/gm, (code) =>
    code.replace(/[^\n]/g, ' '),
  )
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g)].flatMap((match) => {
    const link = match[1] ?? ''
    const target = link.split('#')[0] ?? ''
    if (/^[a-z]+:/.test(link) || target === '') return []
    const path = posix.join(posix.dirname(file.path), decodeURIComponent(target)).replace(/\/$/, '')
    if (exists(path)) return []
    return [{ path: file.path, line: lineAt(prose, match.index), message: `${link} leads nowhere` }]
  })
}

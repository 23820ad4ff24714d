import { findImports, packageOf, type Import } from './imports.ts'
import type { Finding, Rule, SourceFile } from './source-file.ts'

const SERVER = 'packages/server/src/'
const JWT = 'packages/jwt/src/'
const VERIFY = 'packages/verify/src/'
const CLIENT = 'packages/client/src/'

interface Layer {
  readonly part: string
  readonly mayImport: readonly string[] | 'all above'
  readonly because: string
}

/** Parts of the server, lowest first. Each may import itself and what is listed; nothing else. */
export const LAYERS: readonly Layer[] = [
  {
    part: 'domain',
    mayImport: [],
    because: 'the domain is the nouns everything is made of; it must make sense alone',
  },
  {
    part: 'storage',
    mayImport: ['domain'],
    because:
      'storage offers atomic verbs on nouns; a rule it called would run inside a transaction',
  },
  {
    part: 'events',
    mayImport: ['domain'],
    because: 'an event records what was decided elsewhere and decides nothing',
  },
  {
    part: 'tokens',
    mayImport: ['domain'],
    because: 'minting must not depend on how somebody signed in or how a session goes on',
  },
  {
    part: 'settings.ts',
    mayImport: ['domain', 'tokens'],
    because: 'settings are read before anything exists that could use them',
  },
  {
    part: 'sessions',
    mayImport: ['domain', 'tokens', 'events'],
    because: 'a session goes on in the same way whatever login method started it',
  },
  {
    part: 'login',
    mayImport: ['domain', 'tokens', 'events', 'sessions'],
    because: 'a login method proves who somebody is; protocols and pages are built on it',
  },
  {
    part: 'oauth',
    mayImport: ['domain', 'tokens', 'events', 'sessions', 'login'],
    because: 'a grant must work without a web framework, so that each can be tested as a value',
  },
  {
    part: 'http',
    mayImport: ['domain', 'tokens', 'events', 'sessions', 'login', 'oauth'],
    because: 'endpoints translate: they get stores and settings as ports, and pages are not theirs',
  },
  {
    part: 'ui',
    mayImport: ['domain', 'tokens', 'events', 'sessions', 'login', 'oauth', 'http'],
    because:
      'pages get stores and settings as ports; they are routes, and the API works without them',
  },
  {
    part: 'compose',
    mayImport: 'all above',
    because:
      'a file of it puts the parts of one subject together for main.ts, which owns the order',
  },
  {
    part: 'main.ts',
    mayImport: 'all above',
    because: 'the parts are put together here, and the command line is one of its users',
  },
  {
    part: 'development',
    mayImport: 'all above',
    because: 'it shows what the others do; only `mapae dev` puts it in front of the server',
  },
  {
    part: 'cli',
    mayImport: 'all above',
    because: 'it is on top of everything',
  },
]

interface PackageHome {
  readonly packages: readonly string[]
  /** Beginnings of paths inside the server's sources. */
  readonly onlyIn: readonly string[]
  readonly because: string
}

/** Packages that belong to a technology stay in the folder of that technology. */
export const PACKAGE_HOMES: readonly PackageHome[] = [
  {
    packages: ['hono', '@hono/node-server', 'node:http', 'node:https'],
    onlyIn: ['http/', 'ui/', 'development/', 'cli/', 'main.ts'],
    because: 'below the endpoints nothing knows that there is a web',
  },
  {
    packages: ['zod'],
    onlyIn: ['http/', 'ui/', 'development/', 'cli/'],
    because: 'untrusted input is parsed at the edge; the rest gets typed values',
  },
  {
    packages: ['node:sqlite'],
    onlyIn: ['storage/sqlite/'],
    because: 'both engines must behave alike, so neither shows outside its folder',
  },
  {
    packages: ['pino'],
    onlyIn: ['http/', 'cli/', 'main.ts'],
    because:
      'the core reports events and errors; what is logged, and redacted, is decided in one place',
  },
  {
    packages: [
      '@node-rs/argon2',
      '@zxcvbn-ts/core',
      '@zxcvbn-ts/language-common',
      '@zxcvbn-ts/language-en',
    ],
    onlyIn: ['login/'],
    because: 'passwords are one login method among others',
  },
  {
    packages: ['commander', '@clack/prompts'],
    onlyIn: ['cli/'],
    because: 'the server must run inside another program, which has no terminal for us',
  },
  {
    packages: ['node:fs', 'node:fs/promises', 'node:child_process'],
    onlyIn: ['storage/', 'cli/', 'main.ts', 'compose/'],
    because: 'the core touches no files; what it needs is handed to it',
  },
  {
    packages: ['@mapae/jwt'],
    onlyIn: ['tokens/', 'http/', 'cli/', 'main.ts'],
    because: 'one folder knows how tokens are made; the others ask it',
  },
  {
    packages: ['@mapae/verify'],
    onlyIn: ['development/'],
    because:
      'it is for the APIs of others, of which the demo shows one; the server checks by itself',
  },
]

/** Files of @mapae/jwt that may import from Node; all others run in browsers and edge runtimes. */
const JWT_NODE_FILES = [`${JWT}platform/node.ts`]

/** Files of @mapae/verify that speak of Node's requests; all others run in edge runtimes too. */
const VERIFY_NODE_FILES = new Set(
  ['express.ts', 'node.ts', 'node-request.ts'].map((name) => VERIFY + name),
)

/** The parts of the server import each other in one direction only. */
export const importDirections: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith(SERVER))
    .flatMap((file) => findImports(file).flatMap((found) => checkDirection(file, found)))

function checkDirection(file: SourceFile, found: Import): Finding[] {
  const layer = LAYERS.find(({ part }) => part === partOf(file.path))
  const at = { path: file.path, line: found.line }
  if (layer === undefined) {
    return [
      {
        ...at,
        message: `${partOf(file.path)} is no part of the design: give it a place in LAYERS`,
      },
    ]
  }
  if (found.target === undefined || !found.target.startsWith(SERVER)) return []
  const target = partOf(found.target)
  if (target === layer.part || allowedFor(layer).includes(target)) return []
  return [{ ...at, message: `${layer.part} must not import ${target}: ${layer.because}` }]
}

/** The parts that a layer may import, itself left out. */
export function allowedFor(layer: Layer): readonly string[] {
  if (layer.mayImport !== 'all above') return layer.mayImport
  return LAYERS.slice(0, LAYERS.indexOf(layer)).map(({ part }) => part)
}

function partOf(path: string): string {
  return path.slice(SERVER.length).split('/')[0] ?? ''
}

/** A package that belongs to one technology is imported only where that technology lives. */
export const packageHomes: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith(SERVER))
    .flatMap((file) =>
      findImports(file).flatMap(({ specifier, line }) => {
        const home = PACKAGE_HOMES.find(
          ({ packages }) => packages.includes(specifier) || packages.includes(packageOf(specifier)),
        )
        const inside = file.path.slice(SERVER.length)
        if (!home || home.onlyIn.some((start) => inside.startsWith(start))) return []
        const places = home.onlyIn.join(', ')
        const message = `${specifier} belongs in ${places} only: ${home.because}`
        return [{ path: file.path, line, message }]
      }),
    )

/** A package imports what it declares, and other packages by their names only. */
export const packageBorders: Rule = (files) =>
  files.flatMap((file) => {
    const home = /^packages\/[^/]+\/(?=src\/)/.exec(file.path)?.[0]
    if (home === undefined || !/\.[jt]sx?$/.test(file.path)) return []
    const declared = declaredDependencies(files, home)
    return findImports(file).flatMap(({ specifier, line, target }) => {
      const at = { path: file.path, line }
      if (target !== undefined) {
        if (target.startsWith(home)) return []
        return [
          { ...at, message: `${specifier} leaves the package: import other packages by name` },
        ]
      }
      if (/^(node:|#)/.test(specifier) || declared.has(packageOf(specifier))) return []
      const message = `${packageOf(specifier)} is not among the dependencies of ${home}package.json`
      return [{ ...at, message }]
    })
  })

function declaredDependencies(files: readonly SourceFile[], home: string): Set<string> {
  const manifest = files.find((file) => file.path === `${home}package.json`)
  const content = JSON.parse(manifest?.text ?? '{}') as Record<string, Record<string, string>>
  return new Set(
    ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(content[kind] ?? {}),
    ),
  )
}

/** @mapae/jwt has no dependencies and reaches for Node in one file. */
export const jwtStandsAlone: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith(JWT))
    .flatMap((file) =>
      findImports(file).flatMap(({ specifier, line, target }) => {
        if (target !== undefined || specifier.startsWith('#')) return []
        if (!specifier.startsWith('node:')) {
          const message = `@mapae/jwt imports nothing but itself, not ${specifier}: whoever installs it gets no other code`
          return [{ path: file.path, line, message }]
        }
        if (JWT_NODE_FILES.includes(file.path)) return []
        const message = `${specifier} belongs in ${JWT_NODE_FILES.join(', ')} only: the rest runs in browsers too`
        return [{ path: file.path, line, message }]
      }),
    )

/** @mapae/verify depends on @mapae/jwt only; a framework is imported by its own adapter only. */
export const verifyStandsOnJwt: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith(VERIFY))
    .flatMap((file) =>
      findImports(file).flatMap(({ specifier, line, target }) => {
        const at = { path: file.path, line }
        const inside = file.path.slice(VERIFY.length)
        if (target !== undefined || packageOf(specifier) === '@mapae/jwt') return []
        if (specifier.startsWith('node:')) {
          if (VERIFY_NODE_FILES.has(file.path)) return []
          const message = `${specifier} belongs in the adapters for Node only: the rest runs in edge runtimes too`
          return [{ ...at, message }]
        }
        if (inside === `${packageOf(specifier)}.ts`) return []
        const message = `${specifier} belongs in its own adapter only: whoever uses another gets none of it`
        return [{ ...at, message }]
      }),
    )

/** @mapae/client imports nothing but itself; React only in the part for React. */
export const clientStandsAlone: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith(CLIENT))
    .flatMap((file) =>
      findImports(file).flatMap(({ specifier, line, target }) => {
        if (target !== undefined) return []
        if (specifier === 'react' && file.path === `${CLIENT}react.ts`) return []
        const message = `@mapae/client imports nothing but itself, not ${specifier}: it runs in every page, and each byte is loaded there`
        return [{ path: file.path, line, message }]
      }),
    )

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allowedFor,
  clientStandsAlone,
  importDirections,
  jwtStandsAlone,
  LAYERS,
  packageBorders,
  packageHomes,
  verifyStandsOnJwt,
} from './import-directions.ts'
import { describeFindings, readRepository, type Rule, type SourceFile } from './source-file.ts'

const repository = readRepository()
const SERVER = 'packages/server/src/'

const manifest: SourceFile = {
  path: 'packages/server/package.json',
  text: '{ "dependencies": { "hono": "1", "@scope/name": "1" } }',
}

const findingsFor = (rule: Rule, path: string, text: string) =>
  rule([manifest, { path, text }]).map((finding) => finding.message)

for (const rule of [
  importDirections,
  packageHomes,
  packageBorders,
  jwtStandsAlone,
  verifyStandsOnJwt,
  clientStandsAlone,
]) {
  test(`the repository keeps to ${rule.name}`, () => {
    assert.equal(describeFindings(rule(repository)), '')
  })
}

test('the parts form no circle', () => {
  for (const [index, layer] of LAYERS.entries()) {
    const above = new Set(LAYERS.slice(index).map(({ part }) => part))
    const circular = allowedFor(layer).filter((part) => above.has(part))
    assert.deepEqual(circular, [], `${layer.part} imports a part that is listed above it`)
  }
})

const FORBIDDEN_DIRECTIONS = [
  [
    'domain/user.ts',
    "import { start } from '../sessions/start.ts'",
    'domain must not import sessions',
  ],
  ['storage/migrate.ts', "export * from '../login/sign-up.ts'", 'storage must not import login'],
  [
    'tokens/mint.ts',
    "import type { A } from '../sessions/a.ts'",
    'tokens must not import sessions',
  ],
  ['sessions/end.ts', "await import('../login/a.ts')", 'sessions must not import login'],
  ['login/social/one.ts', "import '../../http/app.ts'", 'login must not import http'],
  [
    'http/endpoints/me.ts',
    "import {\n  a,\n} from '../../storage/a.ts'",
    'http must not import storage',
  ],
  ['http/app.ts', "import { createMapae } from '../main.ts'", 'http must not import main.ts'],
  ['main.ts', "import { dev } from './cli/dev.ts'", 'main.ts must not import cli'],
  [
    'login/a.ts',
    "new Worker(new URL('../http/b.ts', import.meta.url))",
    'login must not import http',
  ],
] as const

for (const [path, text, expected] of FORBIDDEN_DIRECTIONS) {
  test(`${expected}: ${text.split('\n')[0]}`, () => {
    const [message, ...more] = findingsFor(importDirections, SERVER + path, text)
    assert.match(message ?? '', new RegExp(`^${expected}: \\w.{20,}`), 'the reason is stated')
    assert.deepEqual(more, [])
  })
}

test('a folder that the design does not know is refused', () => {
  const messages = findingsFor(importDirections, `${SERVER}misc/a.ts`, "import 'node:path'")
  assert.deepEqual(messages, ['misc is no part of the design: give it a place in LAYERS'])
})

test('what only looks like an import is none', () => {
  const text =
    "// import '../http/a.ts'\n/* import '../http/b.ts' */\nconst s = /'/; import '../domain/c.ts'"
  assert.deepEqual(findingsFor(importDirections, `${SERVER}login/a.ts`, text), [])
})

test('a technology outside its folder is refused with the reason', () => {
  const cases = [
    ['sessions/a.ts', 'hono/cors', 'http/, ui/, development/, cli/, main.ts'],
    ['storage/tables/users.ts', 'node:sqlite', 'storage/sqlite/'],
    ['domain/a.ts', 'zod', 'http/, ui/, development/, cli/'],
    ['tokens/a.ts', 'pino', 'http/, cli/, main.ts'],
    ['http/a.ts', '@node-rs/argon2', 'login/'],
    ['login/a.ts', 'node:fs', 'storage/, cli/, main.ts, compose/'],
  ]
  for (const [path, specifier, places] of cases) {
    const [message] = findingsFor(packageHomes, `${SERVER}${path}`, `import a from '${specifier}'`)
    assert.ok(message?.startsWith(`${specifier} belongs in ${places} only: `), message)
  }
  const allowed = findingsFor(packageHomes, `${SERVER}http/app.ts`, "import { Hono } from 'hono'")
  assert.deepEqual(allowed, [])
})

test('a package imports what it declares and stays inside its folder', () => {
  const path = `${SERVER}http/a.ts`
  assert.deepEqual(findingsFor(packageBorders, path, "import a from '@scope/name/part'"), [])
  assert.deepEqual(findingsFor(packageBorders, path, "import a from 'left-pad'"), [
    'left-pad is not among the dependencies of packages/server/package.json',
  ])
  assert.deepEqual(findingsFor(packageBorders, path, "import '../../../jwt/src/index.ts'"), [
    '../../../jwt/src/index.ts leaves the package: import other packages by name',
  ])
})

test('@mapae/jwt imports only itself, and Node in one file', () => {
  const inJwt = (path: string, text: string) =>
    findingsFor(jwtStandsAlone, `packages/jwt/src/${path}`, text)
  assert.match(
    inJwt('sign.ts', "import { a } from 'jose'")[0] ?? '',
    /nothing but itself, not jose/,
  )
  assert.match(inJwt('sign.ts', "import 'node:crypto'")[0] ?? '', /^node:crypto belongs in/)
  assert.deepEqual(inJwt('platform/node.ts', "import 'node:crypto'"), [])
})

test('@mapae/verify imports @mapae/jwt, a framework in its adapter, and Node in those for Node', () => {
  const inVerify = (path: string, text: string) =>
    findingsFor(verifyStandsOnJwt, `packages/verify/src/${path}`, text)
  for (const path of ['judge.ts', 'express.ts']) {
    assert.match(inVerify(path, "import 'hono'")[0] ?? '', /^hono belongs in its own adapter/)
  }
  assert.match(inVerify('hono.ts', "import 'node:http'")[0] ?? '', /^node:http belongs in/)
  assert.deepEqual(inVerify('hono.ts', "import 'hono'\nimport '@mapae/jwt/strict-json'"), [])
  assert.deepEqual(inVerify('node.ts', "import type { A } from 'node:http'"), [])
})

test('@mapae/client imports only itself, and React in the part for React', () => {
  const inClient = (path: string, text: string) =>
    findingsFor(clientStandsAlone, `packages/client/src/${path}`, text)
  for (const name of ['react', 'node:crypto', '@mapae/jwt']) {
    assert.match(inClient('tokens.ts', `import '${name}'`)[0] ?? '', /nothing but itself, not/)
  }
  assert.deepEqual(inClient('react.ts', "import 'react'\nimport './index.ts'"), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noDeadExports, noDeadFiles, noDeadTestFiles } from './dead-code.ts'
import { allowedPlacesAreUsed, injectedWorld } from './injected-world.ts'
import { describeFindings, readRepository, type Rule } from './source-file.ts'
import {
  bannedTexts,
  explainedSuppressions,
  decisionsHaveNumbers,
  linksResolve,
  lockfileForAllPlatforms,
  lockfileWithoutHosts,
  tellingNames,
  translatedPages,
} from './tidiness.ts'

const repository = readRepository()

const RULES: readonly Rule[] = [
  injectedWorld,
  allowedPlacesAreUsed,
  noDeadFiles,
  noDeadTestFiles,
  noDeadExports,
  tellingNames,
  bannedTexts,
  lockfileWithoutHosts,
  lockfileForAllPlatforms,
  explainedSuppressions,
  translatedPages,
  decisionsHaveNumbers,
  linksResolve,
]

for (const rule of RULES) {
  test(`the repository keeps to ${rule.name}`, () => {
    assert.equal(describeFindings(rule(repository)), '')
  })
}

/** A made-up repository: text by path. */
type Example = Record<string, string>

const apply = (rule: Rule, example: Example) =>
  rule(Object.entries(example).map(([path, text]) => ({ path, text })))

const inCore = (text: string): Example => ({ 'packages/server/src/sessions/a.ts': text })
const inTest = (text: string): Example => ({ 'tests/a.test.ts': text })
const manifest = { 'packages/a/package.json': '{"exports":"./dist/index.js"}' }
const index = { 'packages/a/src/index.ts': "export { used } from './used.ts'" }
const used = { 'packages/a/src/used.ts': 'export const used = 1' }

const BAD: readonly (readonly [Rule, Example, RegExp])[] = [
  [injectedWorld, inCore('const now = Date.now()'), /clock \(Date\.now\)/],
  [injectedWorld, inCore('const now = new Date( )'), /clock/],
  [injectedWorld, inCore('const now = performance.now()'), /clock/],
  [injectedWorld, inCore('const text = `at ${Date.now()}`'), /clock/],
  [injectedWorld, inCore('const n = Math.random()'), /randomness \(Math\.random\)/],
  [injectedWorld, inCore("import { randomBytes } from 'node:crypto'"), /randomness/],
  [injectedWorld, inCore('const home = process.env.HOME'), /process/],
  [injectedWorld, { 'packages/jwt/src/sign.ts': 'Date.now()' }, /clock/],
  [injectedWorld, { 'packages/jwt/src/system-clock.ts': 'Math.random()' }, /randomness/],
  [allowedPlacesAreUsed, {}, /needs no clock: take it off/],
  [noDeadFiles, { ...manifest, ...index, ...used, 'packages/a/src/b.ts': '' }, /imports this file/],
  [noDeadFiles, { ...manifest, ...used, 'packages/a/src/index.ts': '' }, /imports this file/],
  [noDeadTestFiles, { 'tests/flows/fixture.ts': '', 'tests/a.test.ts': '' }, /no test imports/],
  [
    noDeadExports,
    { ...manifest, ...index, 'packages/a/src/used.ts': 'export const used = 1\nexport class B {}' },
    /uses B/,
  ],
  [tellingNames, { 'packages/a/src/utils/dates.ts': '' }, /"utils" says nothing/],
  [tellingNames, { 'packages/a/src/helpers.ts': '' }, /"helpers" says nothing/],
  [tellingNames, { 'tests/http-utils.ts': '' }, /"http-utils" says nothing/],
  [bannedTexts, inCore('// TODO: later'), /leaves work/],
  [bannedTexts, { 'docs/a.md': 'FIXME' }, /leaves work/],
  [bannedTexts, inTest("test.only('a', run)"), /leaves tests out/],
  [bannedTexts, inTest("describe.skip('a', run)"), /leaves tests out/],
  [bannedTexts, inTest("test('a', { skip: true }, run)"), /leaves tests out/],
  [bannedTexts, { 'scripts/a.js': "read('/home/kim/a')" }, /path of one machine/],
  [bannedTexts, { 'README.md': 'cd /Users/kim/main' }, /path of one machine/],
  [bannedTexts, { 'a.json': '"https://registry.example.org/a.tgz"' }, /names a registry/],
  [
    lockfileWithoutHosts,
    { 'package-lock.json': '"resolved": "https://packages.example.org/a.tgz"' },
    /names a registry/,
  ],
  [
    lockfileForAllPlatforms,
    { 'package-lock.json': '{"packages":{"":{"optionalDependencies":{"node-sun":"24.0.0"}}}}' },
    /lacks node-sun/,
  ],
  [explainedSuppressions, inCore('// oxlint-disable-next-line no-console'), /without a reason/],
  [explainedSuppressions, inCore('// @ts-expect-error'), /without a reason/],
  [translatedPages, { 'docs/en/a.md': '' }, /no twin docs\/ko\/a\.md/],
  [translatedPages, { 'docs/ko/a.md': '' }, /no twin docs\/en\/a\.md/],
  [translatedPages, { 'README.md': '' }, /no twin README\.ko\.md/],
  [
    decisionsHaveNumbers,
    { 'docs/adr/0001-a.md': '', 'docs/adr/0001-b.md': '' },
    /has the number of another decision/,
  ],
  [linksResolve, { 'docs/a.md': 'see [b](../b.md#part)' }, /\.\.\/b\.md#part leads nowhere/],
]

for (const [rule, example, expected] of BAD) {
  const [path, text = ''] = Object.entries(example).at(-1) ?? ['an empty repository']
  test(`${rule.name} refuses ${path} ${text.split('\n').at(-1)}`, () => {
    const messages = apply(rule, example).map(({ message }) => message)
    assert.match(messages.join('\n'), expected)
  })
}

const GOOD: readonly (readonly [Rule, Example])[] = [
  [injectedWorld, inCore("// Date.now()\nconst s = 'Math.random()'; new Date(0); row.process.a")],
  [injectedWorld, inCore("const r = /[/'`]/; const s = 'process.env' // new Date()")],
  [injectedWorld, { 'packages/server/src/main.ts': 'Date.now()' }],
  [injectedWorld, { 'packages/jwt/src/system-clock.ts': 'Date.now()' }],
  [noDeadFiles, { ...manifest, ...index, ...used }],
  [noDeadExports, { ...manifest, ...index, ...used }],
  [noDeadTestFiles, { 'tests/a.test.ts': "import './flows/b.ts'", 'tests/flows/b.ts': '' }],
  [
    noDeadTestFiles,
    { 'package.json': '{"scripts":{"fuzz":"node tests/fuzz.ts"}}', 'tests/fuzz.ts': '' },
  ],
  [tellingNames, { 'packages/a/src/common-passwords.ts': '' }],
  [bannedTexts, { 'a.md': 'https://example.com/home/page, packages/home/main, ./tmp/file' }],
  [explainedSuppressions, inCore('// oxlint-disable-next-line no-console -- a program speaks')],
  [translatedPages, { 'docs/en/a.md': '', 'docs/ko/a.md': '' }],
  [
    linksResolve,
    { 'docs/a.md': '[b](b.md) [c](..) [d](https://x.y) [e](#e) `[f](f.md)`', 'docs/b.md': '' },
  ],
]

for (const [rule, example] of GOOD) {
  const [path, text = ''] = Object.entries(example)[0] ?? []
  test(`${rule.name} accepts ${path} ${text.split('\n').at(-1)}`, () => {
    assert.equal(describeFindings(apply(rule, example)), '')
  })
}

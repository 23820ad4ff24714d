import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ROOT } from './source-file.ts'

const lines = (count: number, line: string) => `${line}\n`.repeat(count)

/** One bad file for each promise that the linter keeps for us. */
const BAD_FILES: readonly (readonly [string, string, string])[] = [
  ['eslint(max-lines)', 'packages/a/src/long-file.ts', lines(401, 'export {}')],
  [
    'eslint(max-lines-per-function)',
    'packages/a/src/long-function.ts',
    `export function long(): void {\n${lines(70, '  Math.abs(1)')}}\n`,
  ],
  [
    'typescript(no-floating-promises)',
    'packages/a/src/floating.ts',
    'async function save(): Promise<void> {\n  await null\n}\nsave()\n',
  ],
  ['eslint(no-unused-vars)', 'packages/a/src/unused.ts', 'const unused = 1\n'],
  ['eslint(no-console)', 'packages/a/src/console.ts', "console.log('a')\n"],
  ['eslint(no-warning-comments)', 'packages/a/src/undone.ts', '// TODO: later\n'],
  ['typescript(no-explicit-any)', 'packages/a/src/any.ts', 'export const a: any = 1\n'],
  ['unicorn(prefer-node-protocol)', 'packages/a/src/protocol.ts', "import 'fs'\n"],
]

function createTree(t: TestContext, files: readonly (readonly [string, string])[]): string {
  const tree = mkdtempSync(join(tmpdir(), 'mapae-lint-'))
  t.after(() => rmSync(tree, { recursive: true, force: true }))
  for (const name of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(tree, name))
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction')
  for (const [path, text] of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  return tree
}

function lint(tree: string): { status: number | null; problems: Set<string> } {
  const oxlint = join('node_modules', 'oxlint', 'bin', 'oxlint')
  const { status, stdout } = spawnSync(process.execPath, [oxlint, '--format=json', 'packages'], {
    cwd: tree,
    encoding: 'utf8',
  })
  const report = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  const problems = report.diagnostics.map(({ code, filename }) => `${code} ${filename}`)
  return { status, problems: new Set(problems) }
}

test('the linter refuses each bad file for its own reason', (t) => {
  const tree = createTree(
    t,
    BAD_FILES.map(([, path, text]) => [path, text]),
  )
  const { status, problems } = lint(tree)
  assert.notEqual(status, 0)
  for (const [rule, path] of BAD_FILES) {
    assert.ok(
      problems.has(`${rule} ${path}`),
      `${rule} in ${path}; found ${[...problems].join(', ')}`,
    )
  }
})

test('the linter accepts what is within the limits', (t) => {
  const tree = createTree(t, [
    ['packages/a/src/a.ts', `export function a(): void {\n${lines(68, '  Math.abs(1)')}}\n`],
    ['packages/a/src/b.ts', `export const b = 1\n${lines(399, '//')}`],
    ['packages/server/src/cli/c.ts', "console.log('a program speaks')\n"],
  ])
  const { status, problems } = lint(tree)
  assert.deepEqual([...problems], [])
  assert.equal(status, 0)
})

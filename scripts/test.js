// `npm test`: format, lint and types side by side, then every test. `npm test -- PART...` runs only
// the test files whose path contains one of the parts.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { sep } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const TEST_FILES = [
  'packages/*/tests/**/*.test.ts',
  'tests/**/*.test.ts',
  'scripts/tests/**/*.test.ts',
]
const LONGEST_TEST_MILLISECONDS = 120_000
/** For what no limit within a test's process ends. Then the tests that still run are named. */
const LONGEST_RUN_MILLISECONDS = 1_200_000

const STATIC_CHECKS = [
  { name: 'format', command: ['node_modules/oxfmt/bin/oxfmt', '--check'] },
  { name: 'lint', command: ['node_modules/oxlint/bin/oxlint'] },
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  {
    name: 'types of pages',
    command: ['node_modules/typescript/bin/tsc', '-p', 'packages/console'],
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The environment without settings of a server that the developer may run beside. Each test file is
 * a process of its own that loads the same sources: they are compiled once for all.
 */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^MAPAE_(?!TEST_)/.test(name)),
  ),
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)),
}

function run(command, stdio, given = {}) {
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...environment, ...given },
    stdio,
    timeout: LONGEST_RUN_MILLISECONDS,
  })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ passed: status === 0, output }))
  })
}

/**
 * Starts a PostgreSQL server in which all test files make their databases: to set one up takes
 * longer than most tests. Where none starts, the files try for themselves and say why.
 */
async function startPostgres() {
  if (process.env.MAPAE_TEST_POSTGRES_URL) return { given: {}, stop: async () => {} }
  const keeper = spawn(process.execPath, ['packages/server/tests/postgres/postgres-keeper.ts'], {
    cwd: root,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
    // In a process group of its own, so that Ctrl-C reaches it as the end of its input only.
    detached: process.platform !== 'win32',
  })
  const ended = new Promise((resolve) => keeper.once('close', resolve))
  const { value } = await createInterface({ input: keeper.stdout })[Symbol.asyncIterator]().next()
  const { url } = JSON.parse(value ?? '{}')
  return {
    given: url === undefined ? {} : { MAPAE_TEST_POSTGRES_URL: url },
    stop() {
      keeper.stdin.end()
      return ended
    },
  }
}

function secondsSince(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}

async function runStaticCheck({ name, command }) {
  const start = performance.now()
  const { passed, output } = await run(command, ['ignore', 'pipe', 'pipe'])
  console.log(`${passed ? '✔' : '✖'} ${name} (${secondsSince(start)})`)
  if (!passed) console.log(output.trimEnd())
  return passed ? [] : [name]
}

async function runTests(files, given) {
  const options = [
    '--conditions=mapae-source',
    '--import=./scripts/end-test-file.js',
    '--test',
    `--test-concurrency=${Math.min(availableParallelism() + 1, 4)}`,
    `--test-timeout=${LONGEST_TEST_MILLISECONDS}`,
    ...['spec', './scripts/counterpart-table.ts'].flatMap((reporter) => [
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
    ]),
  ]
  const { passed } = await run([...options, ...files], ['ignore', 'inherit', 'inherit'], given)
  return passed ? [] : ['tests']
}

function findTestFiles(parts) {
  const files = globSync(TEST_FILES, { cwd: root, exclude: (name) => name === 'node_modules' })
    .map((file) => file.split(sep).join('/'))
    .toSorted()
  if (parts.length === 0) return files
  const wanted = parts.map((part) => part.replace(/^\.\//, ''))
  return files.filter((file) => wanted.some((part) => file.includes(part)))
}

const start = performance.now()
const parts = process.argv.slice(2)
const files = findTestFiles(parts)
if (files.length === 0) {
  console.error(`mapae: no test file has ${parts.join(' or ')} in its path`)
  process.exit(1)
}
const isEverything = parts.length === 0
const checks = isEverything ? STATIC_CHECKS : []
const starting = isEverything ? startPostgres() : null
const failed = (await Promise.all(checks.map(runStaticCheck))).flat()
const postgres = await starting
failed.push(...(await runTests(files, postgres?.given)))
await postgres?.stop()

const outcome = failed.length === 0 ? 'all passed' : `FAILED: ${failed.join(', ')}`
console.log(`mapae: ${outcome} in ${secondsSince(start)}`)
process.exitCode = failed.length === 0 ? 0 : 1

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const home = fileURLToPath(new URL('..', import.meta.url))
const root = join(home, '../..')
const tool = (path: string): string => join(root, 'node_modules', path)
/** With @mapae/jwt in it. */
const largestAdapterBytes = 20_480

test('an adapter in an edge runtime is small and needs nothing of Node', async (context) => {
  const { outputFiles } = await build({
    stdin: { contents: "export { mapae } from '@mapae/verify/fetch'", resolveDir: home },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['mapae-source'],
  })
  const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length
  context.diagnostic(`${size} bytes gzipped`)
  assert.ok(size <= largestAdapterBytes, `${size} bytes`)
})

test('only @mapae/jwt comes along', () => {
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  assert.deepEqual(Object.keys(manifest.dependencies), ['@mapae/jwt'])
  for (const name of Object.keys(manifest.peerDependencies)) {
    assert.equal(manifest.peerDependenciesMeta[name].optional, true)
  }
})

/** A program that uses what is published, and nothing of the sources. */
const API = `
import { mapae } from './packages/verify/dist/fetch.js'
import { createTestIssuer } from './packages/verify/dist/testing.js'

const testIssuer = createTestIssuer()
const auth = mapae({ issuer: testIssuer.issuer, audience: 'https://api.example.com', testIssuer })
const handle = auth()((_request, { sub }) => Response.json(sub))
const ask = async (headers) => (await handle(new Request('https://a.example/', { headers }))).status
console.log(await ask({ authorization: 'Bearer ' + auth.testToken() }), await ask({}))
auth.close()
`

test('the built package passes publint, its types resolve everywhere, and it works', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-verify-'))
  try {
    // As published: each package with its declarations, and none of the sources of the other.
    cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
    mkdirSync(join(folder, 'node_modules/@mapae'), { recursive: true })
    symlinkSync('../../packages/jwt', join(folder, 'node_modules/@mapae/jwt'))
    for (const name of ['hono', 'fastify', '@types']) {
      symlinkSync(tool(name), join(folder, 'node_modules', name))
    }
    for (const name of ['jwt', 'verify']) buildInto(folder, name)
    const { messages, pkg } = await publint({
      pkgDir: join(folder, 'packages/verify'),
      strict: true,
      pack: false,
    })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    )
    const attw = tool('@arethetypeswrong/cli/dist/index.js')
    run(attw, ['--pack', join(folder, 'packages/verify'), '--profile', 'esm-only'])
    const program = join(folder, 'api.mjs')
    writeFileSync(program, API)
    assert.equal(execFileSync(process.execPath, [program], { encoding: 'utf8' }), '200 401\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

function buildInto(folder: string, name: string): void {
  const source = join(root, 'packages', name)
  const target = join(folder, 'packages', name)
  for (const part of ['package.json', 'README.md', 'src', 'tsconfig.build.json']) {
    cpSync(join(source, part), join(target, part), { recursive: true })
  }
  run(tool('typescript/bin/tsc'), ['-p', join(target, 'tsconfig.build.json')])
}

function run(script: string, options: readonly string[]): void {
  execFileSync(process.execPath, [script, ...options], {
    cwd: home,
    stdio: 'pipe',
    encoding: 'utf8',
  })
}

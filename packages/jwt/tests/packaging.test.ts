import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const home = fileURLToPath(new URL('..', import.meta.url))
const largestVerifyBytes = 6144

/** The gzipped size of a minified browser build that imports just these names. */
async function sizeOf(names: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from '@mapae/jwt'`, resolveDir: home },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['mapae-source'],
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

test('a browser build that only verifies is small, and takes no more than it uses', async (context) => {
  const verifying = await sizeOf('createVerifier, importPublicJwk')
  const everything = await sizeOf(
    'createVerifier, createSigner, createRemoteKeys, generateKey, exportJwk, importKey',
  )
  context.diagnostic(`verifying: ${verifying} bytes gzipped; everything: ${everything}`)
  assert.ok(verifying <= largestVerifyBytes, `${verifying} bytes`)
  assert.ok((await sizeOf('isAlgorithm')) < verifying / 4)
})

test('the built package passes publint, and its types resolve everywhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-jwt-'))
  try {
    for (const name of ['package.json', 'README.md', 'src']) {
      cpSync(join(home, name), join(folder, name), { recursive: true })
    }
    const tool = (path: string): string => join(home, '../../node_modules', path)
    const outDir = join(folder, 'dist')
    run(tool('typescript/bin/tsc'), ['-p', join(home, 'tsconfig.build.json'), '--outDir', outDir])
    const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: false })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    )
    // The package is ESM only, on purpose: `require` of it is the one thing not to complain about.
    run(tool('@arethetypeswrong/cli/dist/index.js'), ['--pack', folder, '--profile', 'esm-only'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

function run(script: string, options: readonly string[]): void {
  execFileSync(process.execPath, [script, ...options], {
    cwd: home,
    stdio: 'pipe',
    encoding: 'utf8',
  })
}

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

import { ROOT } from '../repository/source-file.ts'

const MODULES = join(ROOT, 'node_modules')

/** Builds these packages, each after those that it needs, in a folder that is there while `use` runs. */
export async function withBuiltPackages(
  names: readonly string[],
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-packages-'))
  try {
    cpSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'))
    mkdirSync(join(folder, 'node_modules/@mapae'), { recursive: true })
    for (const name of readdirSync(MODULES).filter((one) => one !== '@mapae')) {
      symlinkSync(join(MODULES, name), join(folder, 'node_modules', name))
    }
    for (const name of names) buildInto(folder, name)
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** As published: a package knows of another one its declarations, and none of its sources. */
function buildInto(folder: string, name: string): void {
  const target = join(folder, 'packages', name)
  for (const part of ['package.json', 'README.md', 'src', 'tsconfig.build.json']) {
    cpSync(join(ROOT, 'packages', name, part), join(target, part), { recursive: true })
  }
  symlinkSync(target, join(folder, 'node_modules/@mapae', name))
  run('typescript/bin/tsc', ['-p', join(target, 'tsconfig.build.json')])
}

/** It passes publint, and its types resolve everywhere. */
export async function assertPublishable(folder: string, name: string): Promise<void> {
  const pkgDir = join(folder, 'packages', name)
  const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false })
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  )
  // The packages are ESM only, on purpose: `require` is the one thing not to complain about.
  run('@arethetypeswrong/cli/dist/index.js', ['--pack', pkgDir, '--profile', 'esm-only'])
}

function run(tool: string, options: readonly string[]): void {
  execFileSync(process.execPath, [join(MODULES, tool), ...options], {
    cwd: ROOT,
    stdio: 'pipe',
    encoding: 'utf8',
  })
}

/** What a page loads for this code, in bytes: bundled from the sources, minified, gzipped. */
export async function sizeInBrowser(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT },
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

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { codeBlocks, readPage } from '../../../tests/docs/pages.ts'
import { assertPublishable, withBuiltPackages } from '../../../tests/packages/built-package.ts'
import { bundledSize } from './bundled-size.ts'

const home = fileURLToPath(new URL('..', import.meta.url))
const root = join(home, '../..')
const tool = (path: string): string => join(root, 'node_modules', path)

const LARGEST: readonly (readonly [code: string, bytes: number])[] = [
  ["export { createMapae } from '@mapae/client'", 4096],
  ["export * from '@mapae/client/react'", 512],
  ["export * from '@mapae/client/dpop'", 1536],
]
/** The authorization code flow, for those who sign in so. */
const LARGEST_LATER_BYTES = 1472

for (const [code, bytes] of LARGEST) {
  test(`${code} has at most ${bytes} bytes, minified and gzipped`, async (context) => {
    const { atOnce, later } = await bundledSize(code)
    context.diagnostic(`${atOnce} bytes, and ${later} when they are needed`)
    assert.ok(atOnce <= bytes, `${atOnce} bytes`)
    assert.ok(later <= LARGEST_LATER_BYTES, `${later} bytes`)
  })
}

test('nothing comes along', () => {
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  assert.equal(manifest.dependencies, undefined)
  assert.deepEqual(manifest.peerDependenciesMeta, { react: { optional: true } })
})

test('the README is right by its types', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-client-readme-'))
  try {
    const blocks = codeBlocks(readPage('packages/client/README.md')).filter(({ language }) =>
      language.startsWith('ts'),
    )
    assert.ok(blocks.length > 3)
    for (const { text, language, line } of blocks) {
      writeFileSync(join(folder, `line-${line}.${language}`), text)
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const compilerOptions = {
      jsx: 'react-jsx',
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: ['node'],
      typeRoots: [tool('@types')],
      // What a snippet leaves to its reader.
      paths: { 'expo-secure-store': ['./expo-secure-store.d.ts'] },
    }
    writeFileSync(
      join(folder, 'expo-secure-store.d.ts'),
      [
        'getItemAsync(key: string): Promise<string | null>',
        'setItemAsync(key: string, value: string): Promise<void>',
        'deleteItemAsync(key: string): Promise<void>',
      ]
        .map((signature) => `export declare function ${signature}`)
        .join('\n'),
    )
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions,
        include: ['*.ts', '*.tsx'],
      }),
    )
    const { status, stdout } = spawnSync(
      process.execPath,
      [tool('typescript/bin/tsc'), '-p', folder],
      {
        encoding: 'utf8',
      },
    )
    assert.equal(status, 0, stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the built package passes publint, and its types resolve everywhere', () =>
  withBuiltPackages(['client'], (folder) => assertPublishable(folder, 'client')))

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { ROOT } from '../repository/source-file.ts'
import { codeBlocks, readPage, readPages } from './pages.ts'

/** What people see where they get the packages. */
const PACKAGE_PAGES = ['packages/jwt/README.md', 'packages/verify/README.md'].map(readPage)

test('every TypeScript block is right by its types', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-snippets-'))
  const snippets = [...readPages(), ...PACKAGE_PAGES].flatMap((page) =>
    codeBlocks(page)
      .filter(({ language }) => language === 'ts')
      .map(({ text, line }) => ({ text, name: `${page.path.replaceAll('/', '-')}-${line}.ts` })),
  )
  assert.ok(snippets.length > 0)
  try {
    for (const { text, name } of snippets) writeFileSync(join(folder, name), text)
    const configuration = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: ['*.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

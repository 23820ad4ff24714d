import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { ROOT } from '../repository/source-file.ts'
import { codeBlocks, readPages } from './pages.ts'

test('every TypeScript block is right by its types', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-snippets-'))
  const snippets = readPages().flatMap((page) =>
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
        paths: { '@mapae/*': [join(ROOT, 'packages/*/src/index.ts')] },
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: ['*.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

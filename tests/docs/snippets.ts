import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { codeBlocks, type Page } from './pages.ts'

/** Loads a TypeScript block of a page as a module, its example addresses replaced. */
export async function loadSnippet(
  page: Page,
  mark: string,
  here: (text: string) => string,
): Promise<Record<string, (...values: any[]) => Promise<any>>> {
  const block = codeBlocks(page).find(
    ({ language, text }) => language === 'ts' && text.includes(mark),
  )
  if (block === undefined) throw new Error(`${page.path} has no ts block with ${mark}`)
  const folder = mkdtempSync(join(tmpdir(), 'mapae-snippet-'))
  try {
    const file = join(folder, 'snippet.mjs')
    const resolved = stripTypeScriptTypes(here(block.text)).replaceAll(
      /from '([^']+)'/g,
      (_, name: string) => `from '${import.meta.resolve(name)}'`,
    )
    writeFileSync(file, resolved)
    return await import(pathToFileURL(file).href)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

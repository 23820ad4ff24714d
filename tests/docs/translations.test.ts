import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { codeBlocks, readPage, readPages, type Page } from './pages.ts'

const pages = readPages()
const english = pages.filter(({ path }) => path === 'README.md' || path.startsWith('docs/en/'))

function koreanPath(path: string): string {
  return path === 'README.md' ? 'README.ko.md' : path.replace('docs/en/', 'docs/ko/')
}

for (const page of english) {
  test(`${koreanPath(page.path)} has the sections, commands and tables of ${page.path}`, () => {
    const translated = readPage(koreanPath(page.path))
    assert.deepEqual(outline(translated), outline(page))
    assert.deepEqual(codeOf(translated), codeOf(page))
  })
}

for (const page of pages) {
  test(`the links of ${page.path} lead to sections that are there`, () => {
    const links = [...page.text.matchAll(/\]\(([^)\s#]*)#([^)\s]+)\)/g)]
    const broken = links.filter(([, path, anchor]) => {
      const target = path === '' ? page : readPage(join(dirname(page.path), path!))
      return !anchorsOf(target).includes(anchor!)
    })
    assert.deepEqual(
      broken.map(([link]) => link),
      [],
    )
  })
}

/** Levels of headings and rows of tables, in their order: what a translation keeps. */
function outline({ text }: Page): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '```')
  return prose.split('\n').flatMap((line) => {
    const heading = /^#+ /.exec(line)?.[0]
    if (heading !== undefined) return [heading.trim()]
    return /^(\||- |\d\. |```|!\[)/.exec(line)?.[0].replace(/\d/, '1') ?? []
  })
}

/** Code without comments, which are in the reader's language. */
function codeOf(page: Page): string[] {
  return codeBlocks(page).map(({ text }) =>
    text.replaceAll(/(^|\s)(?:# .*|\/\/ .*|\/\*\*.*\*\/)$/gm, '$1').replaceAll(/[ \t]+$/gm, ''),
  )
}

/** As GitHub makes them from headings. */
function anchorsOf({ text }: Page): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build, stop } from 'esbuild'

const at = (url: URL) => fileURLToPath(url)

/** The pages that run in the browser. */
const PAGES: Readonly<Record<string, { script: string; style: string }>> = {
  demo: {
    script: at(new URL('pages/demo.tsx', import.meta.url)),
    style: at(new URL('pages/styles/demo.css', import.meta.url)),
  },
  inspector: {
    script: at(new URL('pages/inspector.tsx', import.meta.url)),
    style: at(new URL('pages/styles/inspector.css', import.meta.url)),
  },
}
const DOCS_STYLE = at(new URL('pages/styles/docs.css', import.meta.url))
const ICON = new URL('pages/mapae.svg', import.meta.url)
const FOLDER = at(new URL('pages/', import.meta.url))
const DOCS = join(FOLDER, '..', '..', '..', '..', 'docs')

/** What the server needs to deliver the pages; names carry a hash of the content. */
interface ConsoleFiles {
  /** Names of the files of each page. */
  readonly pages: Readonly<Record<string, { readonly script: string; readonly style: string }>>
  readonly icon: string
  readonly docsStyle: string
  /** The pages of the documentation as they are written, by language and name. */
  readonly docs: Readonly<Record<'en' | 'ko', Readonly<Record<string, string>>>>
  readonly texts: Readonly<Record<string, string>>
}

/** Bundles the pages from their sources; leaves nothing running and nothing on the disk. */
export async function loadConsole(): Promise<ConsoleFiles> {
  const { outputFiles, metafile } = await bundle()
  const built = new Map<string, string>()
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint !== undefined) built.set(FOLDER + entryPoint, basename(path))
  }
  const pages = Object.entries(PAGES).map(([name, { script, style }]) => {
    return [name, { script: built.get(script)!, style: built.get(style)! }] as const
  })
  const drawing = await readFile(ICON, 'utf8')
  const icon = `mapae-${createHash('sha256').update(drawing).digest('hex').slice(0, 8)}.svg`
  const texts = outputFiles.map(({ path, text }) => [basename(path), text] as const)
  return {
    pages: Object.fromEntries(pages),
    icon,
    docsStyle: built.get(DOCS_STYLE)!,
    docs: { en: await readDocs('en'), ko: await readDocs('ko') },
    texts: { ...Object.fromEntries(texts), [icon]: drawing },
  }
}

async function readDocs(language: 'en' | 'ko'): Promise<Record<string, string>> {
  const folder = join(DOCS, language)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md'))
  const pages = names.map(async (name) => {
    return [basename(name, '.md'), await readFile(join(folder, name), 'utf8')] as const
  })
  return Object.fromEntries(await Promise.all(pages))
}

async function bundle() {
  try {
    return await build({
      entryPoints: [
        ...Object.values(PAGES).flatMap(({ script, style }) => [script, style]),
        DOCS_STYLE,
      ],
      outdir: FOLDER,
      absWorkingDir: FOLDER,
      entryNames: '[name]-[hash]',
      chunkNames: 'part-[hash]',
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      target: ['chrome123', 'firefox121', 'safari17.5'],
      conditions: ['mapae-source'],
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'warning',
    })
  } finally {
    await stop()
  }
}

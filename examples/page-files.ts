// What the example servers hand out: HTML and CSS as they are, scripts bundled when they are asked for.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const FILES: Readonly<Record<string, { source: string; type: string }>> = {
  '/page.css': { source: 'page.css', type: 'text/css' },
  '/plain/': { source: 'plain/index.html', type: 'text/html' },
  '/plain/page.js': { source: 'plain/page.ts', type: 'text/javascript' },
  '/react/': { source: 'react/index.html', type: 'text/html' },
  '/react/page.js': { source: 'react/page.tsx', type: 'text/javascript' },
  '/orders/': { source: 'orders/index.html', type: 'text/html' },
  '/orders/page.js': { source: 'orders/page.ts', type: 'text/javascript' },
}

export async function pageFile(
  url: string,
  issuer: string,
): Promise<{ text: string; type: string } | undefined> {
  const file = FILES[url.replace(/\?.*/, '')]
  if (file === undefined) return undefined
  const path = fileURLToPath(new URL(`./pages/${file.source}`, import.meta.url))
  const { type } = file
  if (type !== 'text/javascript') return { text: await readFile(path, 'utf8'), type }
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    conditions: ['mapae-source'],
    define: { MAPAE_ISSUER: JSON.stringify(issuer) },
  })
  return { text: outputFiles[0]!.text, type }
}

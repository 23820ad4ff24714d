import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

/** The size of that code as a page gets it, minified and gzipped, React left out. */
export async function bundledSize(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['mapae-source'],
    external: ['react'],
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

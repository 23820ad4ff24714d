import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

/** What a page loads, in bytes: minified, each file gzipped, React left out. */
export interface BundledSize {
  /** At once. */
  readonly atOnce: number
  /** Later, when it is needed. */
  readonly later: number
}

export async function bundledSize(code: string): Promise<BundledSize> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    minify: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: fileURLToPath(new URL('out', import.meta.url)),
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['mapae-source'],
    external: ['react'],
  })
  const atOnce = new Set<string>()
  const load = (name: string): void => {
    atOnce.add(name)
    for (const { kind, path, external } of metafile.outputs[name]!.imports) {
      if (kind === 'import-statement' && !external) load(path)
    }
  }
  load(Object.keys(metafile.outputs).find((name) => name.endsWith('stdin.js'))!)
  const sizes = outputFiles.map(({ path, contents }) => ({
    isAtOnce: [...atOnce].some((name) => path.endsWith(name)),
    bytes: gzipSync(contents, { level: 9 }).length,
  }))
  const total = (those: typeof sizes): number => those.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    atOnce: total(sizes.filter(({ isAtOnce }) => isAtOnce)),
    later: total(sizes.filter(({ isAtOnce }) => !isAtOnce)),
  }
}

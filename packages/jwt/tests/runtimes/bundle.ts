import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The text of the attack file. */
export const attackLines = readFileSync(
  new URL('../../../../tests/attacks/jwt/attacks.jsonl', import.meta.url),
  'utf8',
)

/** The cases and the library in one module, as bundlers make it for the web or for Node. */
export async function bundleFor(platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('run-everywhere.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    conditions: ['mapae-source'],
  })
  return outputFiles[0]!.text
}

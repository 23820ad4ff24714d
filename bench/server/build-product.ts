import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Production runs what is built, so that is what is measured. */
export function buildProduct(): void {
  const script = fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the product could not be built')
}

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** In a folder of their own, so that neither running nor testing the product installs them. */
export function installPeers(): void {
  const peers = fileURLToPath(new URL('peers', import.meta.url))
  if (existsSync(join(peers, 'node_modules/.package-lock.json'))) return
  console.error('installing the peers')
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: peers,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('the peers could not be installed')
}

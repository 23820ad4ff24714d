import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { layOutStage } from './image-stages.ts'

const folder = mkdtempSync(join(tmpdir(), 'mapae-build-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const folderOf = (stage: string) => join(folder, stage)
const installed = join(folderOf('image'), 'packages/server')
const program = join(installed, 'dist/cli/mapae.js')

/** What the command printed. */
function run(command: string, words: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
  return stdout
}

async function signUp(url: string, password: string) {
  const answer = await fetch(`${url}/v1/signup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'mina', password }),
  })
  return { status: answer.status, body: (await answer.json()) as any }
}

before(() => {
  layOutStage('build', folderOf('build'))
  run(process.execPath, ['scripts/build.ts'], folderOf('build'))
  layOutStage('modules', folderOf('modules'))
  layOutStage('image', folderOf('image'), folderOf)
})

test('what an image has of the repository builds, and what it keeps of that runs', async () => {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  assert.equal(run(process.execPath, [program, '--version'], folder), `${version}\n`)

  // Schema, keys, hashes, the thread that judges passwords, and the pages.
  const server = spawn(process.execPath, [program, 'dev'], {
    env: { PATH: process.env['PATH'], MAPAE_DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise((resolve) => server.once('close', resolve))
  try {
    let banner = ''
    for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
      banner += String(chunk)
      if (banner.includes('Ctrl+C')) break
    }
    const url = /running: (\S+)/.exec(banner)?.[1] ?? banner
    const refused = await signUp(url, 'qwertyuiop12')
    assert.equal(refused.body.code, 'password_refused')
    const { status, body } = await signUp(url, 'purple-otter-vs-9-lamps')
    assert.equal(status, 201)
    const me = await fetch(`${url}/v1/me`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    })
    assert.equal(me.status, 200)

    const signIn = await (await fetch(`${url}/sign-in`)).text()
    const [style] = /\/assets\/pages\.[\w-]+\.css/.exec(signIn) ?? ['']
    assert.match(await (await fetch(url + style)).text(), /--accent:#/)

    const demo = await (await fetch(`${url}/demo`)).text()
    const script = /src="([^"]+)"/.exec(demo)?.[1] ?? demo
    assert.equal(
      (await fetch(url + script)).headers.get('content-type'),
      'text/javascript; charset=utf-8',
    )
  } finally {
    server.kill('SIGTERM')
    assert.equal(await closed, 0)
  }
})

test('an older Node is told which one is needed, before it meets a module that it has not', () => {
  const file = join(installed, 'package.json')
  const manifest = readFileSync(file, 'utf8')
  writeFileSync(file, manifest.replace(/"node": ".+"/, '"node": ">=99.1"'))
  const { status, stderr } = spawnSync(process.execPath, [program, 'doctor'], { encoding: 'utf8' })
  writeFileSync(file, manifest)
  assert.equal(status, 1)
  assert.match(stderr, /^mapae: This is Node [\d.]+, and 99\.1 or newer is needed/)

  const imports = readFileSync(program, 'utf8').matchAll(/\bfrom ?["']([^"']+)/g)
  const names = new Set([...imports].map(([, name]) => name))
  assert.deepEqual(names, new Set(['node:fs', 'node:module']))
})

/** As the guide says: the packages as files, in a project of one's own. */
const USE = `
import { createMapae } from '@mapae/client'
import { decodeUnverified } from '@mapae/jwt'
import { mapae } from '@mapae/verify/fetch'
import { createTestIssuer } from '@mapae/verify/testing'

const testIssuer = createTestIssuer()
const auth = mapae({ issuer: testIssuer.issuer, audience: 'https://api.example.com', testIssuer })
console.log(decodeUnverified(auth.testToken({ sub: 'mina' })).claims.sub, typeof createMapae)
auth.close()
`

test('the packages are packed with their terms, and install and work in an empty project', () => {
  const project = join(folder, 'project')
  mkdirSync(project)
  const published = ['jwt', 'verify', 'client'].map((name) => `--workspace=packages/${name}`)
  const packing = ['pack', '--json', `--pack-destination=${project}`, ...published]
  // npm 12 names them, npm 10 and 11 list them.
  const packed = Object.values<any>(JSON.parse(run('npm', packing, folderOf('build'))))
  assert.equal(packed.length, published.length)
  for (const { files } of packed) {
    const paths = new Set(files.map(({ path }: { path: string }) => path))
    assert.ok(paths.has('LICENSE') && paths.has('README.md') && paths.has('dist/index.d.ts'))
  }

  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const files = readdirSync(project).filter((name) => name.endsWith('.tgz'))
  run('npm', ['install', '--offline', ...files.map((name) => `./${name}`)], project)
  writeFileSync(join(project, 'use.mjs'), USE)
  assert.equal(run(process.execPath, ['use.mjs'], project), 'mina function\n')
})

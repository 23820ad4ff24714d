import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { layOutStage } from './image-stages.ts'

const folder = mkdtempSync(join(tmpdir(), 'mapae-build-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const folderOf = (stage: string) => join(folder, stage)

async function signUp(url: string, password: string) {
  const answer = await fetch(`${url}/v1/signup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'mina', password }),
  })
  return { status: answer.status, body: (await answer.json()) as any }
}

test('what an image has of the repository builds, and what it keeps of that runs', async () => {
  layOutStage('build', folderOf('build'))
  const built = spawnSync(process.execPath, ['scripts/build.ts'], {
    cwd: folderOf('build'),
    encoding: 'utf8',
  })
  assert.equal(built.status, 0, built.stdout + built.stderr)

  layOutStage('modules', folderOf('modules'))
  layOutStage('image', folderOf('image'), folderOf)
  const installed = join(folderOf('image'), 'packages/server')
  const program = join(installed, 'dist/cli/mapae.js')
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const asked = spawnSync(process.execPath, [program, '--version'], { cwd: folder })
  assert.equal(String(asked.stdout), `${version}\n`)

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

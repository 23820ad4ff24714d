import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { freePort } from '../free-port.ts'

const entry = fileURLToPath(new URL('../../src/cli/mapae.ts', import.meta.url))
const DEMO_PASSWORD = 'correct horse 9'
const folders: string[] = []
const children: ChildProcess[] = []

after(() => {
  // What a failed test left running would keep its port, and this process waiting for it.
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-process-'))
  folders.push(folder)
  return folder
}

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly banner: string
}

function start(
  command: string,
  environment: Record<string, string>,
  ...words: string[]
): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=mapae-source', entry, command, ...words], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

async function output(child: ChildProcess): Promise<{ exitCode: number; text: string }> {
  let text = ''
  child.stdout!.on('data', (chunk) => (text += chunk))
  child.stderr!.on('data', (chunk) => (text += chunk))
  const exitCode = await new Promise<number>((resolve) => child.once('close', resolve))
  return { exitCode, text }
}

async function dev(environment: Record<string, string>): Promise<Running> {
  const child = start('dev', environment)
  let banner = ''
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    banner += String(chunk)
    if (banner.includes('Ctrl+C')) break
  }
  return { child, banner, url: /running: (\S+)/.exec(banner)?.[1] ?? banner }
}

async function stop({ child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.kill(signal)
  return closed
}

async function login(url: string, password = DEMO_PASSWORD) {
  const answer = await fetch(`${url}/v1/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'demo', password }),
  })
  return { status: answer.status, body: (await answer.json()) as any }
}

async function publishedKeys(url: string): Promise<string[]> {
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[]
  }
  return keys.map(({ kid }) => kid)
}

async function occupy(host: string) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return { port: (server.address() as { port: number }).port, close: () => server.close() }
}

test('dev: a second start finds the same users, sessions and keys; both signals stop cleanly', async () => {
  const folder = makeFolder()
  const environment = {
    MAPAE_DATA_DIR: folder,
    MAPAE_DEMO_PASSWORD: DEMO_PASSWORD,
    MAPAE_ISSUER: 'http://localhost:4400',
  }
  const first = await dev(environment)
  assert.doesNotMatch(first.banner, new RegExp(DEMO_PASSWORD))
  const { body } = await login(first.url)
  const keys = await publishedKeys(first.url)
  assert.equal(await stop(first, 'SIGTERM'), 0)

  const second = await dev(environment)
  // The one for ID tokens is made in the background and may have come after the first look.
  const laterKeys = await publishedKeys(second.url)
  assert.deepEqual(laterKeys.slice(0, keys.length), keys)
  const me = await fetch(`${second.url}/v1/me`, {
    headers: { Authorization: `Bearer ${body.access_token}` },
  })
  assert.equal(me.status, 200)
  const refreshed = await fetch(`${second.url}/v1/refresh`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ refresh_token: body.refresh_token }),
  })
  assert.equal(refreshed.status, 200)
  assert.equal(await stop(second, 'SIGINT'), 0)

  for (const file of ['mapae.db', 'master.key']) {
    assert.equal(statSync(join(folder, file)).mode & 0o077, 0, `${file} is for its owner only`)
  }
})

test('dev: the random demo password works and is printed only once', async () => {
  const environment = { MAPAE_DATA_DIR: makeFolder() }
  const first = await dev(environment)
  const password = /Password +(\S+) {2}\(shown only this once\)/.exec(first.banner)?.[1] ?? ''
  assert.equal((await login(first.url, password)).status, 200)
  await stop(first, 'SIGTERM')

  const second = await dev(environment)
  assert.equal(second.banner.includes(password), false)
  assert.equal((await login(second.url, password)).status, 200)
  await stop(second, 'SIGTERM')

  const third = await dev({ ...environment, MAPAE_DEMO_PASSWORD: DEMO_PASSWORD })
  assert.equal((await login(third.url, password)).status, 401)
  assert.equal((await login(third.url)).status, 200)
  await stop(third, 'SIGTERM')
})

test('dev: a chosen port that is taken is an error that names the fix', async () => {
  const taken = await occupy('127.0.0.1')
  const environment = { MAPAE_DATA_DIR: makeFolder(), MAPAE_PORT: String(taken.port) }
  const { exitCode, text } = await output(start('dev', environment))
  taken.close()
  assert.equal(exitCode, 1)
  assert.match(
    text,
    /^mapae: Port \d+ is taken: stop what uses it or set MAPAE_PORT to a free one\.\n$/,
  )
})

test('dev: when no port is chosen and 4400 is taken, the next free one is used and named', async () => {
  const one = await dev({ MAPAE_DATA_DIR: makeFolder() })
  const other = await dev({ MAPAE_DATA_DIR: makeFolder() })
  assert.notEqual(one.url, other.url)
  // A server of another test may have it and let go of it meanwhile, so that either is told.
  const passedOver = [one, other].filter(({ url }) => url !== 'http://localhost:4400')
  assert.ok(passedOver.length > 0)
  for (const { url, banner } of passedOver) {
    assert.ok(banner.startsWith(`Port 4400 is taken; using ${new URL(url).port}.\n`), banner)
  }
  await stop(one, 'SIGTERM')
  await stop(other, 'SIGTERM')
})

test('dev: listens on the loopback interface only, whatever MAPAE_HOST says', async () => {
  const running = await dev({ MAPAE_DATA_DIR: makeFolder(), MAPAE_HOST: '0.0.0.0' })
  const port = Number(new URL(running.url).port)
  // The wildcard address can still be had by others: nobody listens on it.
  const other = createServer()
  const isFree = await new Promise((resolve) => {
    other.once('error', () => resolve(false))
    other.listen(port, '127.0.0.2', () => resolve(true))
  })
  other.close()
  await stop(running, 'SIGTERM')
  assert.equal(isFree, true)
})

test('events tail --follow prints what happens, once, until it is stopped', async () => {
  const folder = makeFolder()
  const running = await dev({ MAPAE_DATA_DIR: folder, MAPAE_DEMO_PASSWORD: DEMO_PASSWORD })
  const tail = start('events', { MAPAE_DATA_DIR: folder }, 'tail', '--follow', '--json', '-n', '1')
  const names: string[] = []
  for await (const chunk of tail.stdout!.iterator({ destroyOnReturn: false })) {
    const lines = String(chunk).trim().split('\n')
    names.push(...lines.map((line) => JSON.parse(line).name as string))
    if (names.length === 1) await login(running.url)
    if (names.includes('session.started')) break
  }
  tail.kill('SIGTERM')
  await stop(running, 'SIGTERM')
  // What is first depends on when the tail began: a key or the demo client was made just before.
  assert.deepEqual(names.slice(-2), ['login.succeeded', 'session.started'])
})

const MASTER_KEY = 'A'.repeat(42) + 'A'
const refusals = [
  {
    name: 'an issuer that is not https',
    environment: { MAPAE_ISSUER: 'http://auth.example.com', MAPAE_MASTER_KEY: MASTER_KEY },
    message: /^mapae: MAPAE_ISSUER must be the https URL .+\n$/,
  },
  {
    name: 'no issuer',
    environment: { MAPAE_MASTER_KEY: MASTER_KEY },
    message: /^mapae: MAPAE_ISSUER must be the https URL .+\n$/,
  },
  {
    name: 'no master key',
    environment: { MAPAE_ISSUER: 'https://auth.example.com' },
    message: /^mapae: MAPAE_MASTER_KEY is not set\. It must be 32 random bytes .+\n$/,
  },
  {
    name: 'a master key of the wrong length',
    environment: { MAPAE_ISSUER: 'https://auth.example.com', MAPAE_MASTER_KEY: 'c2hvcnQ' },
    message: /^mapae: MAPAE_MASTER_KEY must be 32 random bytes .+\n$/,
  },
  {
    name: 'a setting that does not exist',
    environment: { MAPAE_ISUER: 'https://auth.example.com' },
    message: /^mapae: MAPAE_ISUER is not a setting: .+\n$/,
  },
]

for (const { name, environment, message } of refusals) {
  test(`start refuses ${name} with one line that names the fix`, async () => {
    const { exitCode, text } = await output(
      start('start', { MAPAE_DATA_DIR: makeFolder(), ...environment }),
    )
    assert.equal(exitCode, 1)
    assert.match(text, message)
  })
}

test('start refuses the demo user and another master key', async () => {
  const folder = makeFolder()
  await stop(await dev({ MAPAE_DATA_DIR: folder, MAPAE_MASTER_KEY: MASTER_KEY }), 'SIGTERM')
  const production = { MAPAE_DATA_DIR: folder, MAPAE_ISSUER: 'https://auth.example.com' }

  const demo = await output(start('start', { ...production, MAPAE_MASTER_KEY: MASTER_KEY }))
  assert.equal(demo.exitCode, 1)
  assert.match(demo.text, /^mapae: This database has the demo user: run "mapae user disable demo"/)

  const otherKey = `B${MASTER_KEY.slice(1)}`
  const wrong = await output(start('start', { ...production, MAPAE_MASTER_KEY: otherKey }))
  assert.equal(wrong.exitCode, 1)
  assert.match(
    wrong.text,
    /^mapae: The keys in this database were encrypted under another master key/,
  )
  assert.equal(wrong.text.includes(otherKey), false)
})

test('start: serves and stops cleanly', async () => {
  const child = start('start', {
    MAPAE_DATA_DIR: makeFolder(),
    MAPAE_ISSUER: 'https://auth.example.com',
    MAPAE_MASTER_KEY: MASTER_KEY,
    MAPAE_PORT: String(await freePort()),
  })
  let log = ''
  for await (const chunk of child.stderr!.iterator({ destroyOnReturn: false })) {
    log += String(chunk)
    if (log.includes('listening')) break
  }
  const { port } = JSON.parse(log.split('\n')[0]!) as { port: number }
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('strict-transport-security'), 'max-age=31536000')
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  assert.equal(await closed, 0)
})

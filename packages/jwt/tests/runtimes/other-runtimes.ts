import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attackLines, bundleFor } from './bundle.ts'
import type { Report } from './run-everywhere.ts'

// Every attack case in Bun, Deno and workerd: npm run test:runtimes
const here = fileURLToPath(new URL('.', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mapae-runtimes-'))

const binaries = {
  bun: ['@oven/bun-linux-x64/bin/bun', '@oven/bun-darwin-aarch64/bin/bun'],
  deno: ['@deno/linux-x64-glibc/deno', '@deno/darwin-arm64/deno'],
  workerd: [
    '@cloudflare/workerd-linux-64/bin/workerd',
    '@cloudflare/workerd-darwin-arm64/bin/workerd',
  ],
}

function findBinary(name: keyof typeof binaries): string | undefined {
  return binaries[name]
    .map((path) => join(here, 'node_modules', path))
    .find((path) => existsSync(path))
}

const printReport = `
import { readFileSync } from 'node:fs'
const { runEverywhere } = await import('./' + process.argv[2])
console.log(JSON.stringify(await runEverywhere(readFileSync('attacks.txt', 'utf8'))))
`

const answerReport = `
import { runEverywhere } from 'web.mjs'
import lines from 'attacks.txt'
export default { fetch: async () => Response.json(await runEverywhere(lines)) }
`

function workerdConfiguration(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "main.mjs", esModule = embed "worker.mjs"),
    (name = "web.mjs", esModule = embed "web.mjs"),
    (name = "attacks.txt", text = embed "attacks.txt"),
  ],
  compatibilityDate = "2026-01-01",
);
`
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function runInWorkerd(binary: string): Promise<Report> {
  const port = await findFreePort()
  writeFileSync(join(folder, 'config.capnp'), workerdConfiguration(port))
  const child = spawn(binary, ['serve', 'config.capnp'], { cwd: folder, stdio: 'inherit' })
  try {
    return await askUntilThere(`http://127.0.0.1:${port}/`, child)
  } finally {
    child.kill()
  }
}

async function askUntilThere(url: string, child: ChildProcess): Promise<Report> {
  for (;;) {
    try {
      return (await (await fetch(url)).json()) as Report
    } catch (error) {
      if (child.exitCode !== null || !(error instanceof TypeError)) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function runScript(binary: string, options: readonly string[], bundle: string): Report {
  const { status, stdout, stderr } = spawnSync(binary, [...options, 'print.mjs', bundle], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Report
}

function print(name: string, { ran, lacking, wrong }: Report): void {
  console.log(
    `${name}: ${ran} cases, ${wrong.length} wrong, lacks ${lacking.join(', ') || 'nothing'}`,
  )
  for (const line of wrong) console.log(`  ${line}`)
  if (wrong.length > 0) process.exitCode = 1
}

spawnSync('npm', ['install', '--ignore-scripts', '--silent'], {
  cwd: here,
  stdio: 'inherit',
})
writeFileSync(join(folder, 'attacks.txt'), attackLines)
writeFileSync(join(folder, 'web.mjs'), await bundleFor('browser'))
writeFileSync(join(folder, 'node.mjs'), await bundleFor('node'))
writeFileSync(join(folder, 'print.mjs'), printReport)
writeFileSync(join(folder, 'worker.mjs'), answerReport)
try {
  const { bun, deno, workerd } = {
    bun: findBinary('bun'),
    deno: findBinary('deno'),
    workerd: findBinary('workerd'),
  }
  for (const bundle of ['node.mjs', 'web.mjs']) {
    if (bun !== undefined) print(`Bun, ${bundle}`, runScript(bun, ['run'], bundle))
    if (deno !== undefined) print(`Deno, ${bundle}`, runScript(deno, ['run', '-A'], bundle))
  }
  if (workerd !== undefined) print('workerd', await runInWorkerd(workerd))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

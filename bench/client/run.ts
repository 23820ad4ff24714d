// `npm run bench:client`: what a page loads of each client, and what it does when things go wrong, in
// a real browser against the real server. Writes the table of packages/client/README.md.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

import { bundledSize } from '../../packages/client/tests/bundled-size.ts'
import { startChromium } from '../../tests/browser/chromium.ts'
import { playScenarios, type Scenarios } from './scenarios.ts'

const peers = fileURLToPath(new URL('peers', import.meta.url))
const readme = fileURLToPath(new URL('../../packages/client/README.md', import.meta.url))

interface Contestant {
  readonly name: string
  /** What a page imports to sign in and to get a token. */
  readonly code: string
  /** What plays the scenarios, or why nothing does. */
  readonly page: URL | string
}

const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'oidc-client-ts',
    code: "export { UserManager } from 'oidc-client-ts'",
    page: new URL('peers/oidc-client-ts.js', import.meta.url),
  },
  {
    name: '@auth0/auth0-spa-js',
    code: "export { createAuth0Client } from '@auth0/auth0-spa-js'",
    page: 'asks for `/authorize` and an issuer that ends in a slash',
  },
  {
    name: '@supabase/auth-js',
    code: "export { AuthClient } from '@supabase/auth-js'",
    page: 'speaks the API of its own server',
  },
]

installPeers()
const browser = await startChromium()
if (browser === undefined) throw new Error('There is no browser here.')
try {
  const { atOnce, later } = await bundledSize(
    "export { createMapae } from '@mapae/client'; export { dpop } from '@mapae/client/dpop'",
  )
  const own = await playScenarios(browser.browser, new URL('peers/mapae.js', import.meta.url))
  const rows = [rowOf('@mapae/client with `dpop()`', `${atOnce} + ${later} later`, own)]
  for (const { name, code, page } of CONTESTANTS) {
    const result = page instanceof URL ? await playScenarios(browser.browser, page) : page
    rows.push(rowOf(`${name} ${versionOf(name)}`, String(await sizeOfPeer(code)), result))
  }
  const table = [
    '|  | bytes, gzipped | renewals by 4 tabs × 50 calls | a lost answer, a day later | stolen storage used elsewhere |',
    '| --- | ---: | ---: | --- | --- |',
    ...rows,
  ].join('\n')
  const text = readFileSync(readme, 'utf8')
  const marked = /(<!-- peers -->\n)[^]*?(\n<!-- \/peers -->)/
  writeFileSync(
    readme,
    text.replace(marked, (_, start: string, end: string) => `${start}\n${table}\n${end}`),
  )
  console.log(table)
} finally {
  await browser.stop()
}

function rowOf(name: string, bytes: string, result: Scenarios | string): string {
  const cells =
    typeof result === 'string'
      ? [`not run: ${result}`, '', '']
      : [String(result.renewals), result.afterLostAnswer, result.afterTheft]
  return `| ${[name, bytes, ...cells].join(' | ')} |`
}

async function sizeOfPeer(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: peers },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(`${peers}/package.json`, 'utf8')) as {
    dependencies: Record<string, string>
  }
  return manifest.dependencies[name]!
}

/** In a folder of their own, so that neither running nor testing the product installs them. */
function installPeers(): void {
  if (existsSync(`${peers}/node_modules/.package-lock.json`)) return
  console.error('installing the peers')
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', words, { cwd: peers, stdio: 'inherit' })
  if (status !== 0) throw new Error('the peers could not be installed')
}

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const source = '--conditions=mapae-source'

test('the example verifies a token of a running server with its remote keys', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-example-'))
  const environment = {
    PATH: process.env['PATH'],
    MAPAE_DATA_DIR: folder,
    MAPAE_DEMO_PASSWORD: 'correct horse 9',
  }
  const server = spawn(
    process.execPath,
    [source, inRepository('packages/server/src/cli/mapae.ts'), 'dev'],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    let banner = ''
    for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
      banner += String(chunk)
      if (banner.includes('Ctrl+C')) break
    }
    const issuer = /running: (\S+)/.exec(banner)![1]!
    const example = inRepository('examples/verify-with-remote-keys.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [source, example], {
      env: { ...environment, MAPAE_ISSUER: issuer },
    })
    assert.match(stdout, new RegExp(`iss: '${issuer}'`))
    assert.match(stdout, /sid: '[\w-]{22}'/)
  } finally {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
})

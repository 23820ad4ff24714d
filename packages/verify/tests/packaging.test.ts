import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  assertPublishable,
  sizeInBrowser,
  withBuiltPackages,
} from '../../../tests/packages/built-package.ts'

/** With @mapae/jwt in it. */
const largestAdapterBytes = 20_480

test('an adapter in an edge runtime is small and needs nothing of Node', async (context) => {
  const size = await sizeInBrowser("export { mapae } from '@mapae/verify/fetch'")
  context.diagnostic(`${size} bytes gzipped`)
  assert.ok(size <= largestAdapterBytes, `${size} bytes`)
})

test('only @mapae/jwt comes along', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  assert.deepEqual(Object.keys(manifest.dependencies), ['@mapae/jwt'])
  for (const name of Object.keys(manifest.peerDependencies)) {
    assert.equal(manifest.peerDependenciesMeta[name].optional, true)
  }
})

/** A program that uses what is published, and nothing of the sources. */
const API = `
import { mapae } from './packages/verify/dist/fetch.js'
import { createTestIssuer } from './packages/verify/dist/testing.js'

const testIssuer = createTestIssuer()
const auth = mapae({ issuer: testIssuer.issuer, audience: 'https://api.example.com', testIssuer })
const handle = auth()((_request, { sub }) => Response.json(sub))
const ask = async (headers) => (await handle(new Request('https://a.example/', { headers }))).status
console.log(await ask({ authorization: 'Bearer ' + auth.testToken() }), await ask({}))
auth.close()
`

test('the built package passes publint, its types resolve everywhere, and it works', () =>
  withBuiltPackages(['jwt', 'verify'], async (folder) => {
    await assertPublishable(folder, 'verify')
    const program = join(folder, 'api.mjs')
    writeFileSync(program, API)
    assert.equal(execFileSync(process.execPath, [program], { encoding: 'utf8' }), '200 401\n')
  }))

import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  assertPublishable,
  sizeInBrowser,
  withBuiltPackages,
} from '../../../tests/packages/built-package.ts'

const largestVerifyBytes = 6144

const sizeOf = (names: string) => sizeInBrowser(`export { ${names} } from '@mapae/jwt'`)

test('a browser build that only verifies is small, and takes no more than it uses', async (context) => {
  const verifying = await sizeOf('createVerifier, importPublicJwk')
  const everything = await sizeOf(
    'createVerifier, createSigner, createRemoteKeys, generateKey, exportJwk, importKey',
  )
  context.diagnostic(`verifying: ${verifying} bytes gzipped; everything: ${everything}`)
  assert.ok(verifying <= largestVerifyBytes, `${verifying} bytes`)
  assert.ok((await sizeOf('isAlgorithm')) < verifying / 4)
})

test('the built package passes publint, and its types resolve everywhere', () =>
  withBuiltPackages(['jwt'], (folder) => assertPublishable(folder, 'jwt')))

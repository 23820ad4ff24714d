import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeKey, openKey } from '../../src/tokens/sealed-key.ts'
import { createSealing } from '../../src/tokens/sealing.ts'

test('the name of a key never begins like an option of the command line', async () => {
  for (let first = 0; first < 256; first++) {
    const random = (byteCount: number) => new Uint8Array(byteCount).fill(first)
    const sealing = createSealing(new Uint8Array(32), null, random)
    const made = await makeKey('access_token', sealing, random)
    assert.match(made.kid, /^[A-Za-z][\w-]{7}$/)
    assert.equal(openKey(made, sealing).kid, made.kid)
  }
})

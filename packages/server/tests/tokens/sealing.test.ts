import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { ConfigurationError } from '../../src/domain/errors.ts'
import { createSealing } from '../../src/tokens/sealing.ts'

const random = (byteCount: number) => randomBytes(byteCount)
const [oldKey, newKey, strangeKey] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const sealing = createSealing(oldKey, null, random)
const SECRET = '{"kty":"oct","k":"한국"}'
const sealed = sealing.seal(SECRET, 'signing key a')

function fails(open: () => string, message: RegExp): void {
  assert.throws(open, (error) => {
    assert.ok(error instanceof ConfigurationError)
    assert.match(error.message, message)
    assert.ok(!error.message.includes('\n'))
    return true
  })
}

test('what is sealed opens under its name, and never looks the same twice', () => {
  assert.equal(sealing.open(sealed, 'signing key a'), SECRET)
  assert.notEqual(sealing.seal(SECRET, 'signing key a'), sealed)
  assert.ok(!sealed.includes('oct'))
})

test('put into the place of another secret it does not open', () => {
  fails(() => sealing.open(sealed, 'signing key b'), /^The stored signing key b is damaged/)
})

test('another master key is told apart from damage, with its id', () => {
  const other = createSealing(strangeKey, newKey, random)
  const id = sealed.split('.')[1]
  fails(() => other.open(sealed, 'signing key a'), new RegExp(`another master key \\(id ${id}\\)`))
})

test('the previous master key opens and does not seal', () => {
  const both = createSealing(newKey, oldKey, random)
  assert.equal(both.open(sealed, 'signing key a'), SECRET)
  assert.equal(both.isCurrent(sealed), false)
  const again = both.seal(SECRET, 'signing key a')
  assert.equal(both.isCurrent(again), true)
  assert.equal(createSealing(newKey, null, random).open(again, 'signing key a'), SECRET)
  fails(() => sealing.open(again, 'signing key a'), /another master key/)
})

test('a change of any character does not open', () => {
  for (let index = 0; index < sealed.length; index++) {
    for (const character of ['A', 'B', '.', '=', '']) {
      const changed = sealed.slice(0, index) + character + sealed.slice(index + 1)
      if (changed === sealed) continue
      let opened: string | undefined
      try {
        opened = sealing.open(changed, 'signing key a')
      } catch (error) {
        assert.ok(error instanceof ConfigurationError, `at ${index}: ${String(error)}`)
      }
      // The last character has loose bits: the same bytes may be written in two ways.
      if (opened !== undefined) assert.ok(index === sealed.length - 1 && opened === SECRET)
    }
  }
  for (const text of [
    '',
    'v1',
    'v2.aaaaaaaa.aaaaaaaaaaaaaaaa.aaaa',
    `${sealed}.x`,
    `${sealed}\n`,
  ]) {
    fails(() => sealing.open(text, 'signing key a'), /damaged/)
  }
})

test('a tag that was cut down to four bytes does not open', () => {
  const [version, id, , body] = sealed.split('.')
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', oldKey, nonce, { authTagLength: 4 })
  cipher.setAAD(Buffer.from('signing key a'))
  const short = Buffer.concat([cipher.update(''), cipher.final(), cipher.getAuthTag()])
  assert.equal(short.length, 4)
  const text = (bytes: Buffer) =>
    `${version}.${id}.${nonce.toString('base64url')}.${bytes.toString('base64url')}`
  fails(() => sealing.open(text(short), 'signing key a'), /damaged/)
  const shorter = Buffer.from(body!, 'base64url').subarray(0, 15)
  fails(() => sealing.open(text(shorter), 'signing key a'), /damaged/)
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { readLogo } from '../../src/cli/logo.ts'
import { ConfigurationError } from '../../src/domain/errors.ts'
import { readSettings } from '../../src/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'mapae-logo-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'logo')

const pictures: readonly (readonly [string, Buffer, string])[] = [
  ['PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'image/png'],
  ['JPEG', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'image/jpeg'],
  ['WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), 'image/webp'],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
  [
    'SVG after a declaration and a comment',
    Buffer.from('\ufeff<?xml version="1.0"?>\n<!-- made by hand -->\n<svg\n/>'),
    'image/svg+xml',
  ],
]

for (const [name, bytes, mediaType] of pictures) {
  test(`${name} is a logo, whatever the file is called`, () => {
    writeFileSync(path, bytes)
    assert.deepEqual(readLogo(path), { bytes, mediaType })
  })
}

const others: readonly (readonly [string, Buffer])[] = [
  ['an empty file', Buffer.alloc(0)],
  ['a page', Buffer.from('<!doctype html><svg/>')],
  ['a script', Buffer.from('alert("<svg >")')],
  ['a GIF', Buffer.from('GIF89a')],
  ['one that is too large', Buffer.concat([pictures[0]![1], Buffer.alloc(100_000)])],
]

for (const [name, bytes] of others) {
  test(`${name} is none`, () => {
    writeFileSync(path, bytes)
    assert.throws(() => readLogo(path), ConfigurationError)
  })
}

test('a file that is not there is named', () => {
  assert.throws(() => readLogo(join(folder, 'absent')), /MAPAE_BRAND_LOGO must .*absent is none/)
})

const wrong: readonly (readonly [string, string])[] = [
  ['MAPAE_BRAND_COLOR', 'red'],
  ['MAPAE_BRAND_COLOR', '#fff'],
  ['MAPAE_BRAND_COLOR', '#12345g'],
  ['MAPAE_BRAND_COLOR', '#123456;}body{display:none'],
  ['MAPAE_BRAND_NAME', 'x'.repeat(61)],
  ['MAPAE_BRAND_NAME', 'two\nlines'],
  ['MAPAE_BROWSER_IDLE_SECONDS', '59'],
]

for (const [variable, value] of wrong) {
  test(`${variable}=${JSON.stringify(value.slice(0, 20))} is refused`, () => {
    assert.throws(
      () => readSettings({ [variable]: value }),
      new RegExp(`^ConfigurationError: ${variable} must be`),
    )
  })
}

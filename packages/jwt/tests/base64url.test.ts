import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeBase64url, encodeBase64url } from '../src/base64url.ts'
import { decodePart } from '../src/platform/node.ts'

const hostile = [
  'A',
  'Q',
  'g',
  'B',
  '_',
  '-',
  '+',
  '/',
  '=',
  ' ',
  '\n',
  '\0',
  'é',
  '\u0141',
  '\ud800',
  '.',
]

/** Whether the decoder of Node, which is built on a lenient one, takes the text. */
function isTaken(text: string): boolean {
  try {
    decodePart(text)
    return true
  } catch (error) {
    return (error as { code: string }).code !== 'encoding_invalid'
  }
}

function* textsUpTo(length: number): Generator<string> {
  yield ''
  if (length === 0) return
  for (const rest of textsUpTo(length - 1)) {
    if (rest.length === length - 1) for (const character of hostile) yield rest + character
    if (rest !== '') yield rest
  }
}

test('both decoders take the same short texts, of an alphabet made to confuse', () => {
  for (const text of textsUpTo(4)) {
    assert.equal(isTaken(text), decodeBase64url(text) !== undefined, JSON.stringify(text))
  }
})

test('both decoders take the same long texts, and decoding undoes encoding', () => {
  const good = fc.uint8Array({ maxLength: 300 }).map((bytes) => encodeBase64url(bytes))
  const edit = fc.record({ at: fc.nat(400), put: fc.constantFrom('', ...hostile), cut: fc.nat(1) })
  fc.assert(
    fc.property(good, fc.array(edit, { maxLength: 3 }), (text, edits) => {
      let changed = text
      for (const { at, put, cut } of edits) {
        changed = changed.slice(0, at) + put + changed.slice(at + cut)
      }
      const bytes = decodeBase64url(changed)
      assert.equal(isTaken(changed), bytes !== undefined, JSON.stringify(changed))
      if (bytes !== undefined) assert.equal(encodeBase64url(bytes), changed)
    }),
    { numRuns: 2000 },
  )
})

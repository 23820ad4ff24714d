import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { backOffMilliseconds } from '../src/revocations/back-off.ts'
import { createEventStreamParser } from '../src/revocations/event-stream.ts'

const parse = (...chunks: string[]) => {
  const take = createEventStreamParser(1000)
  return chunks.flatMap((chunk) => take(chunk))
}

/** Text, and what it has in it. Spec: HTML, Server-sent events, §9.2.6 and its examples. */
const STREAMS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ['data: a\n\n', [['message', 'a']]],
  ['event: revocations\ndata: a\n\n', [['revocations', 'a']]],
  [
    'data:a\r\rdata:  b\r\n\r\n',
    [
      ['message', 'a'],
      ['message', ' b'],
    ],
  ],
  [': comment\ndata: YHOO\ndata: +2\ndata: 10\n\n', [['message', 'YHOO\n+2\n10']]],
  [
    'data\n\ndata\ndata\n\ndata:',
    [
      ['message', ''],
      ['message', '\n'],
    ],
  ],
  ['event: a\n\ndata: b\n\n', [['message', 'b']]],
  ['id: 1\nfoo: bar\nevent: x\nevent: y\ndata: z\n\n', [['y', 'z']]],
  ['data: cut off', []],
  ['data: cut off\n', []],
]

test('a stream is read as the standard says, wherever it is cut into chunks', () => {
  for (const [text, expected] of STREAMS) {
    const wanted = expected.map(([name, data]) => ({ name, text: data }))
    assert.deepEqual(parse(text), wanted)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const chunks = places.slice(1).map((end, index) => text.slice(places[index], end))
        assert.deepEqual(parse(...chunks), wanted)
      }),
    )
  }
})

test('retry is read, and what is none is left', () => {
  assert.deepEqual(parse('retry: 1500\nretry: -1\nretry: soon\n\n'), [{ retryMilliseconds: 1500 }])
})

test('lines and events have a limit, in whatever pieces they come', () => {
  const tooLong = { code: 'line_too_long' }
  const pieces = (count: number, piece: string) => Array.from({ length: count }, () => piece)
  assert.throws(() => parse(`data: ${'a'.repeat(2000)}`), tooLong)
  assert.throws(() => parse(`data: ${'a'.repeat(1001)}\n`), tooLong)
  assert.throws(() => parse(...pieces(2000, 'a')), tooLong)
  assert.throws(() => parse(...pieces(11, `data: ${'a'.repeat(100)}\n`)), tooLong)
  assert.equal(parse(`data: ${'a'.repeat(1000)}\n\n`).length, 1)
})

test('a megabyte of line ends takes no time', () => {
  const start = performance.now()
  createEventStreamParser(1000)('\n'.repeat(1_048_576))
  assert.ok(performance.now() - start < 1000)
})

test('reconnecting spreads out, doubles, ends at 15 s, and heeds a server that asks for more', () => {
  assert.equal(backOffMilliseconds(0, 1000, 0), 0)
  assert.equal(backOffMilliseconds(0, 1000, 0.5), 125)
  assert.equal(backOffMilliseconds(3, 1000, 0.5), 1000)
  assert.equal(backOffMilliseconds(60, 1000, 1), 15_000)
  assert.equal(backOffMilliseconds(0, 8000, 0), 4000)
  assert.equal(backOffMilliseconds(0, 999_999_999, 0.5), 45_000)
})

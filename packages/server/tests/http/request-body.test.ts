import assert from 'node:assert/strict'
import { test } from 'node:test'

import { z } from 'zod'

import { BODY_LIMIT_BYTES, readJsonBody } from '../../src/http/request-body.ts'

const schema = z.strictObject({ text: z.string() })
const bodyOf = (bytes: number) => JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) })

function request(
  body: NonNullable<RequestInit['body']> | null,
  headers: Record<string, string> = {},
): Request {
  const init = { method: 'POST', body, duplex: 'half' as const }
  return new Request('https://a.example/', {
    ...init,
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}

/** A body in pieces, which stops being asked for when enough of it was seen. */
function stream(pieces: number, pieceBytes: number) {
  const given = { pieces: 0 }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given.pieces === pieces) return controller.close()
      given.pieces += 1
      controller.enqueue(Buffer.alloc(pieceBytes, ' '))
    },
  })
  return { body, given }
}

test('a body of exactly the limit is read, with and without its length', async () => {
  const body = bodyOf(BODY_LIMIT_BYTES)
  for (const headers of [{}, { 'Content-Length': String(BODY_LIMIT_BYTES) }]) {
    const { text } = await readJsonBody(request(body, headers), schema)
    assert.equal(text.length, BODY_LIMIT_BYTES - 11)
  }
})

test('one byte more is refused: declared, undeclared, or declared as less', async () => {
  const body = bodyOf(BODY_LIMIT_BYTES + 1)
  for (const headers of [
    {},
    { 'Content-Length': String(body.length) },
    { 'Content-Length': '5' },
  ]) {
    await assert.rejects(readJsonBody(request(body, headers), schema), { code: 'body_too_large' })
  }
})

test('an endless body is read no further than it must be', async () => {
  const { body, given } = stream(10_000, 16_384)
  await assert.rejects(readJsonBody(request(body), schema), { code: 'body_too_large' })
  assert.ok(given.pieces < 10, `${given.pieces} pieces of 16 KiB`)
})

test('no body and an empty body are an empty object, whatever their type', async () => {
  const nothing = z.strictObject({})
  for (const body of [null, '']) {
    assert.deepEqual(await readJsonBody(request(body), nothing), {})
    const untyped = new Request('https://a.example/', { method: 'POST', body })
    assert.deepEqual(await readJsonBody(untyped, nothing), {})
  }
})

test('the spellings of application/json that mean UTF-8 are taken', async () => {
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ]) {
    const read = await readJsonBody(request('{"text":"é"}', { 'Content-Type': type }), schema)
    assert.deepEqual(read, { text: 'é' })
  }
})

test('a content coding is refused, even where the bytes happen to be JSON', async () => {
  for (const coding of ['gzip', 'br', 'identity, gzip', 'x']) {
    const coded = request('{"text":"a"}', { 'Content-Encoding': coding })
    await assert.rejects(readJsonBody(coded, schema), { code: 'unsupported_media_type' })
  }
  const plain = request('{"text":"a"}', { 'Content-Encoding': 'identity' })
  assert.deepEqual(await readJsonBody(plain, schema), { text: 'a' })
})

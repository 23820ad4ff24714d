import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createOutgoingLimit } from '../../src/http/outgoing-limit.ts'

/** Answers when it is told to. */
function slowWeb() {
  const waiting: { url: string; answer: () => void; fail: () => void }[] = []
  const fetch = (url: string) =>
    new Promise<Response>((resolve, reject) => {
      const answer = () => resolve(new Response('{}'))
      waiting.push({ url, answer, fail: () => reject(new Error('silent')) })
    })
  return { waiting, fetch }
}

const of = (host: string | number, path = '') => `https://h${host}.example.com/${path}`

test('one host is asked four things at once, whatever its paths and letters', async () => {
  const { fetch, waiting } = slowWeb()
  const limited = createOutgoingLimit(fetch)
  const running = [1, 2, 3].map((path) => limited(of('a', String(path))))
  running.push(limited('https://HA.example.com:443/4'))
  await assert.rejects(limited(of('a', '5')), { code: 'server_busy' })
  running.push(limited(of('b')))
  assert.equal(waiting.length, 5)
  for (const { answer } of waiting) answer()
  await Promise.all(running)
  const late = limited(of('a', '5'))
  waiting.at(-1)!.answer()
  assert.equal((await late).status, 200)
})

test('all hosts together are asked 32 things at once, and a failure gives its place back', async () => {
  const { fetch, waiting } = slowWeb()
  const limited = createOutgoingLimit(fetch)
  const running = Array.from({ length: 32 }, (_, host) => limited(of(host)))
  await assert.rejects(limited(of('new')), { code: 'server_busy' })
  for (const { fail } of waiting.slice(0, 32)) fail()
  const ends = await Promise.allSettled(running)
  assert.ok(ends.every(({ status }) => status === 'rejected'))
  const late = Array.from({ length: 32 }, (_, host) => limited(of(host)))
  for (const { answer } of waiting.slice(32)) answer()
  assert.equal((await Promise.all(late)).length, 32)
})

test('what is no address is refused by the fetch itself', async () => {
  const limited = createOutgoingLimit(async () => Promise.reject(new Error('no address')))
  for (let count = 0; count < 40; count++) await assert.rejects(limited('nothing'), /no address/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createFailureThrottle } from '../../src/oauth/failure-throttle.ts'
import {
  createClientDocuments,
  type ReadClientDocument,
} from '../../src/oauth/registration/client-documents.ts'
import { createTestClock } from '../test-mapae.ts'

const addressOf = (name: number | string) => `https://agent-${name}.example.com/client.json`
const documentOf: ReadClientDocument = async (clientId) => ({
  clientId,
  settings: { redirectUris: ['https://app.example.com/callback'] },
  maxAgeSeconds: 3600,
})

function createDocuments(read: ReadClientDocument, allowsHttp = false) {
  const clock = createTestClock()
  return createClientDocuments(read, allowsHttp, createFailureThrottle(clock), clock)
}

test('what was not asked for the longest is forgotten first', async () => {
  const reads: string[] = []
  const documents = createDocuments(async (url) => {
    reads.push(url)
    return documentOf(url)
  })
  for (let count = 0; count < 500; count++) await documents.resolve(addressOf(count))
  await documents.resolve(addressOf(0))
  await documents.resolve(addressOf('new'))
  assert.equal(reads.length, 501)
  assert.equal(documents.find(addressOf(1)), null)
  assert.equal(documents.find(addressOf(0))?.id, addressOf(0))
  await documents.resolve(addressOf(0))
  assert.equal(reads.length, 501)
  await documents.resolve(addressOf(1))
  assert.equal(reads.length, 502)
})

test('slow hosts hold no more than 16 calls at once', async () => {
  const waiting: (() => void)[] = []
  const documents = createDocuments(async (url) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return documentOf(url)
  })
  const running = Array.from({ length: 16 }, (_, count) => documents.resolve(addressOf(count)))
  await assert.rejects(documents.resolve(addressOf(16)), { code: 'server_busy' })
  for (const answer of waiting) answer()
  const clients = await Promise.all(running)
  assert.ok(clients.every((client) => client !== null))
  const late = documents.resolve(addressOf(16))
  waiting.at(-1)!()
  assert.equal((await late)?.id, addressOf(16))
})

test('documents on plain HTTP are for development', async () => {
  const here = 'http://localhost:3000/client.json'
  assert.equal(await createDocuments(documentOf).resolve(here), null)
  assert.equal((await createDocuments(documentOf, true).resolve(here))?.name, 'localhost:3000')
})

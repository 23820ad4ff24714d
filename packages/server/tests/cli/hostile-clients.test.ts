import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

import { bind, type BoundServer } from '../../src/cli/serve.ts'
import { createTestMapae, PASSWORD, type TestMapae } from '../test-mapae.ts'

const LIMITS = {
  connections: 60,
  headersTimeout: 700,
  requestTimeout: 900,
  connectionsCheckingInterval: 25,
  keepAliveTimeout: 500,
  silence: 800,
}
const MEBIBYTE = 1024 * 1024
/** Others are served while hostile clients are busy. Generous: the machine may be busy too. */
const QUICK_MILLISECONDS = 2_000
const TOKEN_JSON = JSON.stringify({ username: 'mina', password: PASSWORD })

let mapae: TestMapae
let server: BoundServer

before(async () => {
  mapae = await createTestMapae()
  await mapae.signUp()
  server = await bind('127.0.0.1', 0, false, LIMITS)
  server.serve(mapae.mapae.fetch)
})
after(async () => {
  await server.close()
  await mapae.close()
})

interface Hostile {
  readonly socket: Socket
  /** All that the server said, once it closed the connection; and after how long. */
  readonly closed: Promise<{ said: string; milliseconds: number }>
}

function open(firstWords: string): Hostile {
  const start = performance.now()
  const socket = connect(server.port, '127.0.0.1', () => socket.write(firstWords))
  let said = ''
  socket.on('data', (chunk) => (said += chunk.toString('latin1')))
  // A connection that the server cut while this side was still sending.
  socket.on('error', () => {})
  const closed = new Promise<{ said: string; milliseconds: number }>((resolve) => {
    socket.once('close', () => resolve({ said, milliseconds: performance.now() - start }))
  })
  return { socket, closed }
}

const head = (method: string, path: string, ...lines: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: auth.example.com', ...lines, '', ''].join('\r\n')

/** An honest client on a new connection gets its answer, and soon. */
async function assertOthersAreServed(): Promise<void> {
  const start = performance.now()
  const answer = await fetch(`http://127.0.0.1:${server.port}/healthz`, {
    headers: { Connection: 'close' },
  })
  assert.equal(answer.status, 200)
  const took = performance.now() - start
  assert.ok(took < QUICK_MILLISECONDS, `others waited ${took.toFixed(0)} ms`)
}

async function assertCut({ closed }: Hostile, within: number, said: RegExp): Promise<void> {
  const { said: words, milliseconds } = await closed
  assert.match(words, said)
  assert.ok(milliseconds < within, `held for ${milliseconds.toFixed(0)} ms`)
}

test('connections that say nothing are closed', async () => {
  const silent = Array.from({ length: 30 }, () => open(''))
  await assertOthersAreServed()
  for (const one of silent) await assertCut(one, 2_000, /^(HTTP\/1.1 408 |$)/)
})

test('headers that never end are given up, however steadily they trickle', async () => {
  const slow = Array.from({ length: 20 }, () => open('GET /healthz HTTP/1.1\r\nHost: a\r\n'))
  const trickle = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write('X-A: b\r\n')
  }, 50)
  try {
    await assertOthersAreServed()
    for (const one of slow) await assertCut(one, 2_000, /^HTTP\/1.1 408 /)
  } finally {
    clearInterval(trickle)
  }
})

test('a body that never ends is given up', async () => {
  const lines = ['Content-Type: application/json', 'Content-Length: 1000']
  const slow = Array.from({ length: 20 }, () => open(`${head('POST', '/v1/login', ...lines)}{`))
  const trickle = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write(' ')
  }, 50)
  try {
    await assertOthersAreServed()
    for (const one of slow) await assertCut(one, 3_000, /^(HTTP\/1.1 4\d\d |$)/)
  } finally {
    clearInterval(trickle)
  }
})

test('connections beyond the limit are closed at once; room for others comes back', async () => {
  const crowd = Array.from({ length: LIMITS.connections + 20 }, () => open(''))
  const first = await Promise.race(crowd.map(async (one) => one.closed))
  assert.ok(first.milliseconds < LIMITS.headersTimeout, 'none was refused at once')
  assert.equal(first.said, '')
  await Promise.all(crowd.map(async (one) => one.closed))
  await assertOthersAreServed()
})

test('half-open sockets: a client that hung up its side, or vanished, holds nothing', async () => {
  const halves = Array.from({ length: 20 }, () => open(head('GET', '/healthz')))
  for (const { socket } of halves) socket.end()
  await assertOthersAreServed()
  for (const one of halves) await assertCut(one, 3_000, /^(HTTP\/1.1 200 |$)/)
  const login = ['Content-Type: application/json', `Content-Length: ${TOKEN_JSON.length}`]
  const gone = Array.from({ length: 20 }, () =>
    open(head('POST', '/v1/login', ...login) + TOKEN_JSON),
  )
  await pause(10)
  for (const { socket } of gone) socket.resetAndDestroy()
  await assertOthersAreServed()
})

test('bodies of a mebibyte are refused without being read into memory', async () => {
  const declared = head(
    'POST',
    '/v1/login',
    'Content-Type: application/json',
    `Content-Length: ${MEBIBYTE}`,
  )
  const chunked = head(
    'POST',
    '/v1/login',
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
  )
  const body = 'a'.repeat(MEBIBYTE)
  const big = [
    ...Array.from({ length: 20 }, () => open(declared + body)),
    ...Array.from({ length: 20 }, () =>
      open(`${chunked}${MEBIBYTE.toString(16)}\r\n${body}\r\n0\r\n\r\n`),
    ),
  ]
  await assertOthersAreServed()
  for (const one of big) await assertCut(one, 5_000, /^HTTP\/1.1 413 /)
})

test('a client that asks on and on and never reads is cut off', { timeout: 10_000 }, async () => {
  const deaf = open('')
  deaf.socket.pause()
  // Soon the answers are more than the buffers of both sides hold, and nothing moves any more.
  const asking = setInterval(() => deaf.socket.write(head('GET', '/openapi.json').repeat(200)), 20)
  try {
    await assertOthersAreServed()
    await assertCut(deaf, 8_000, /^/)
  } finally {
    clearInterval(asking)
  }
})

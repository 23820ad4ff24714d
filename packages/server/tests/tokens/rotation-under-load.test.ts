import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createRemoteKeys, createVerifier } from '@mapae/jwt'

import { createMapae } from '../../src/main.ts'
import { createRefreshTokens } from '../../src/tokens/refresh-token.ts'
import { storeSession, storeUser } from '../storage/rows.ts'
import { AUDIENCE, createTestMapae, ISSUER } from '../test-mapae.ts'

const CLIENTS = 64
const CALLS_A_TICK = 48
const TICK_SECONDS = 120
const ACCESS_KEYS = 3

test('64 clients refresh and call through two nodes while keys rotate: every call succeeds', async () => {
  const server = await createTestMapae({}, 1_800_000_000)
  const { clock, config, surroundings } = server
  const other = await createMapae(config, surroundings)
  const nodes = [server.mapae, other]
  let turn = 0
  const anyNode = () => nodes[turn++ % nodes.length]!

  async function call(
    method: string,
    path: string,
    headers: Record<string, string>,
    json?: object,
  ) {
    const body = json === undefined ? null : JSON.stringify(json)
    const request = new Request(ISSUER + path, { method, body, headers })
    const connection = { incoming: { socket: { remoteAddress: '192.0.2.1' } } }
    const response = await anyNode().fetch(request, connection)
    const text = await response.text()
    assert.equal(response.status, 200, `${method} ${path} at ${clock.seconds()}: ${text}`)
    return { headers: response.headers, text }
  }

  /** A resource server that knows only the address of the key set. */
  const elsewhere = createVerifier({
    keys: createRemoteKeys(`${ISSUER}/.well-known/jwks.json`, {
      fetch: async (url) => {
        const { headers, text } = await call('GET', new URL(url).pathname, {})
        return new Response(text, { headers })
      },
      clock: () => clock.seconds(),
    }),
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: 'at+jwt',
    clock: () => clock.seconds(),
  })

  let calls = 0
  let ticking = Promise.resolve()
  const signed = { access: new Set<string>(), refresh: new Set<string>() }

  async function tick(): Promise<void> {
    clock.advance(TICK_SECONDS)
    await Promise.all(nodes.map(({ signingKeys }) => signingKeys.follow()))
    await Promise.all(
      nodes.flatMap(({ keyRotation }) => [
        keyRotation.keepUp(),
        keyRotation.rotate('access_token'),
        keyRotation.rotate('refresh_token'),
      ]),
    )
  }

  async function beClient(firstRefreshToken: string): Promise<void> {
    let refreshToken = firstRefreshToken
    while (signed.access.size < ACCESS_KEYS) {
      const asked = { refresh_token: refreshToken }
      const json = { 'Content-Type': 'application/json' }
      const answer = JSON.parse((await call('POST', '/v1/refresh', json, asked)).text)
      refreshToken = answer.refresh_token
      signed.access.add(kidOf(answer.access_token))
      signed.refresh.add(kidOf(refreshToken))
      await call('GET', '/v1/me', { Authorization: `Bearer ${answer.access_token}` })
      await elsewhere.async(answer.access_token)
      calls++
      if (calls % CALLS_A_TICK === 0) ticking = ticking.then(tick)
      await ticking
    }
  }

  try {
    const { stores, signingKeys } = server.mapae
    const user = await storeUser(stores)
    const refreshTokens = createRefreshTokens(ISSUER, signingKeys.refreshToken, clock)
    const sessions = Array.from({ length: CLIENTS }, () => storeSession(stores, user))
    await Promise.all(
      (await Promise.all(sessions)).map((session) => beClient(refreshTokens.mint(session))),
    )
    assert.equal(signed.access.size, ACCESS_KEYS)
    assert.ok(signed.refresh.size > 10, `${signed.refresh.size} refresh token keys signed`)
    const retired = (await other.keyRotation.list()).filter(({ stage }) => stage === 'retired')
    assert.deepEqual(
      retired.map(({ key }) => key.purpose),
      ['access_token'],
    )
  } finally {
    await other.close()
    await server.close()
  }
})

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid
}

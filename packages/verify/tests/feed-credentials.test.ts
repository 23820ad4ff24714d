import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createFeedAccess } from '../src/issuer/client-credentials.ts'
import type { RemoteIssuer } from '../src/issuer/remote-issuer.ts'

const TOKEN_ENDPOINT = 'https://auth.example.com/oauth/token'
const CLIENT = { clientId: 'orders', clientSecret: 'a+b' }

/** A token endpoint in the test's hand. */
function start(answer: () => Response, tokenEndpoint: string | undefined = TOKEN_ENDPOINT) {
  let now = 1_800_000_000
  const requests: Request[] = []
  const issuer = { metadata: async () => ({ tokenEndpoint }) } as unknown as RemoteIssuer
  const surroundings = {
    clock: () => now,
    random: () => 0,
    fetch: async (url: string, init: RequestInit) => {
      requests.push(new Request(url, init))
      return answer()
    },
  }
  return {
    access: createFeedAccess(CLIENT, issuer, surroundings),
    requests,
    advance: (seconds: number) => {
      now += seconds
    },
  }
}

test('a token for the feed is asked for once, kept until it nears its end, and dropped when refused', async () => {
  let given = 0
  const { access, requests, advance } = start(() => {
    given++
    return Response.json({ access_token: `token-${given}`, token_type: 'Bearer', expires_in: 600 })
  })
  assert.equal(await access.authorization(), 'Bearer token-1')
  advance(569)
  assert.equal(await access.authorization(), 'Bearer token-1')
  advance(1)
  assert.equal(await access.authorization(), 'Bearer token-2')
  access.refused()
  assert.equal(await access.authorization(), 'Bearer token-3')
  const [first] = requests
  assert.equal(first?.url, TOKEN_ENDPOINT)
  assert.equal(first.method, 'POST')
  // Spec: RFC 6749 §2.3.1: form-encoded before they are put together.
  assert.equal(first.headers.get('authorization'), `Basic ${btoa('orders:a%2Bb')}`)
  assert.equal(await first.text(), 'grant_type=client_credentials&scope=revocations')
})

test('no token, no feed; and nothing of the secret in what is thrown', async () => {
  const answers = [
    () => Response.json({ error: 'invalid_client' }, { status: 401 }),
    () => Response.json({ token_type: 'Bearer' }),
    () => new Response('<html>'),
    () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
  ]
  for (const answer of answers) {
    await assert.rejects(start(answer).access.authorization(), (error: Error) => {
      assert.doesNotMatch(`${error.message} ${error.stack}`, /a\+b|a%2Bb/)
      return true
    })
  }
  await assert.rejects(start(answers[0]!, '').access.authorization())
})

test('a key or a token of your own is sent as it is, and a public feed gets none', async () => {
  const issuer = {} as RemoteIssuer
  const { fetch } = globalThis
  const surroundings = { fetch, clock: () => 0, random: () => 0 }
  const of = (credentials?: Parameters<typeof createFeedAccess>[0]) =>
    createFeedAccess(credentials, issuer, surroundings).authorization()
  assert.equal(await of({ accessToken: 'mpk_1' }), 'Bearer mpk_1')
  assert.equal(await of({ accessToken: async () => 'mpk_2' }), 'Bearer mpk_2')
  assert.equal(await of(), undefined)
})

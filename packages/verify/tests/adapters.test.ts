import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'

import { createTestIssuer } from '@mapae/verify/testing'

import { FRAMEWORKS, type GuardedApi } from './frameworks.ts'

const AUDIENCE = 'https://api.example.com'
const SESSION = 'AZ9Cj0sYeBOdw1xYz0123A'

/** Sends a header as often as told, which `fetch` cannot. */
async function send(url: string, headers: readonly string[], method = 'GET') {
  return new Promise<{ status: number; challenge: string; type: string; body: any }>(
    (resolve, reject) => {
      const outgoing = httpRequest(
        url,
        { method, headers: ['Host', 'a', 'Content-Length', '0', ...headers] },
        (answer) => {
          let text = ''
          answer.on('data', (chunk) => (text += String(chunk)))
          answer.on('end', () =>
            resolve({
              status: answer.statusCode!,
              challenge: answer.headers['www-authenticate'] ?? '',
              type: String(answer.headers['content-type']),
              body: text === '' ? null : JSON.parse(text),
            }),
          )
        },
      )
      outgoing.once('error', reject).end()
    },
  )
}

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(`the adapter for ${name}`, () => {
    const testIssuer = createTestIssuer()
    let api: GuardedApi
    let fetches = 0
    const bearer = (token: string) => ['Authorization', `Bearer ${token}`]

    before(async () => {
      api = await start({
        issuer: testIssuer.issuer,
        audience: AUDIENCE,
        testIssuer,
        fetch: async (...request) => {
          fetches++
          return testIssuer.fetch(...request)
        },
      })
    })
    after(() => api.close())

    test('lets a valid token through and hands on its claims', async () => {
      const answer = await send(`${api.url}/api/me`, bearer(api.auth.testToken({ sub: 'mina' })))
      assert.equal(answer.status, 200)
      assert.equal(answer.body.sub, 'mina')
      assert.equal(answer.body.client_id, 'test-client')
    })

    test('leaves other routes alone', async () => {
      assert.deepEqual((await send(`${api.url}/open`, [])).body, { open: true })
    })

    test('asks for a token with a bare challenge', async () => {
      const { status, challenge, type, body } = await send(`${api.url}/api/me`, [])
      assert.equal(status, 401)
      assert.equal(challenge, 'Bearer, DPoP algs="ES256 EdDSA Ed25519 PS256 RS256"')
      assert.match(type, /^application\/problem\+json(; charset=utf-8)?$/)
      assert.equal(body.code, 'authentication_required')
    })

    test('says what is wrong with a token', async () => {
      const { status, challenge, body } = await send(
        `${api.url}/api/me`,
        bearer(api.auth.testToken({ exp: 1 })),
      )
      assert.equal(status, 401)
      assert.equal(
        challenge,
        'Bearer error="invalid_token", error_description="the token has expired: exp"',
      )
      assert.equal(body.reason, 'expired')
    })

    test('refuses other types of token', async () => {
      for (const typ of ['JWT', 'rt+jwt', 'revocations+jwt']) {
        const answer = await send(`${api.url}/api/me`, bearer(testIssuer.mint({}, typ)))
        assert.equal(answer.status, 401)
        assert.equal(answer.body.reason, 'typ_mismatch')
      }
    })

    test('asks for a scope', async () => {
      const url = `${api.url}/api/orders`
      const granted = api.auth.testToken({ scope: 'orders:read orders:write' })
      assert.equal((await send(url, bearer(granted))).status, 200)
      const answer = await send(url, bearer(api.auth.testToken({ scope: 'orders:readers' })))
      assert.equal(answer.status, 403)
      assert.match(answer.challenge, /^Bearer error="insufficient_scope".*scope="orders:read"$/)
    })

    test('asks for a fresh and strong sign-in', async () => {
      const url = `${api.url}/api/pay`
      const now = Math.floor(Date.now() / 1000)
      const tokenOf = (authTime: number, acr: string) =>
        bearer(api.auth.testToken({ auth_time: authTime, acr }))
      assert.equal((await send(url, tokenOf(now - 200, 'mfa'), 'POST')).status, 200)
      for (const headers of [tokenOf(now - 400, 'mfa'), tokenOf(now, 'pwd')]) {
        const { status, challenge } = await send(url, headers, 'POST')
        assert.equal(status, 401)
        assert.match(challenge, /error="insufficient_user_authentication"/)
        assert.match(challenge, /acr_values="mfa", max_age="300"$/)
      }
    })

    test('refuses two tokens, and one in the URL', async () => {
      const token = api.auth.testToken()
      const answers = [
        await send(`${api.url}/api/me`, [...bearer(token), ...bearer(token)]),
        await send(`${api.url}/api/me?access_token=${token}`, []),
        await send(`${api.url}/api/me?a=b&access%5Ftoken=${token}`, bearer(token)),
      ]
      for (const { status, challenge } of answers) {
        assert.equal(status, 400)
        assert.match(challenge, /^Bearer error="invalid_request"/)
      }
    })

    test('takes a bound token with its proof, in several guards of one request, once', async () => {
      const { accessToken, prove } = await testIssuer.mintBound({ scope: 'orders:read' })
      const url = `${api.url}/api/orders?page=2`
      const headers = ['Authorization', `DPoP ${accessToken}`]
      const proof = ['DPoP', await prove('GET', `${AUDIENCE}/api/orders`)]
      assert.equal((await send(url, [...headers, ...proof])).status, 200)
      const again = await send(url, [...headers, ...proof])
      assert.equal(again.status, 401)
      assert.equal(again.body.reason, 'proof_replayed')
      assert.match(again.challenge, /^DPoP error="invalid_dpop_proof".*algs="ES256/)
      const elsewhere = ['DPoP', await prove('GET', `${AUDIENCE}/orders`)]
      assert.equal((await send(url, [...headers, ...elsewhere])).body.reason, 'wrong_url')
      assert.equal((await send(url, bearer(accessToken))).body.reason, 'proof_required')
    })

    test('refuses an ended session although its token is known, and asks nobody about a token', async () => {
      const url = `${api.url}/api/me`
      const token = api.auth.testToken({ sid: SESSION })
      assert.equal((await send(url, bearer(token))).status, 200)
      const asked = fetches
      for (let count = 0; count < 20; count++) {
        assert.equal((await send(url, bearer(token))).status, 200)
        assert.equal((await send(url, bearer(api.auth.testToken()))).status, 200)
      }
      assert.equal(fetches, asked)
      testIssuer.revoke({ session: SESSION })
      while (api.auth.health().revocations === 0) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      const refused = await send(url, bearer(token))
      assert.equal(refused.status, 401)
      assert.equal(refused.body.reason, 'session_ended')
      assert.equal(fetches, asked)
    })
  })
}

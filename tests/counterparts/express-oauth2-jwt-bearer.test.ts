import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'

import express from 'express'
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer'

import { createDpopKey } from '../../packages/server/tests/dpop-key.ts'
import { AUDIENCE } from '../../packages/server/tests/test-mapae.ts'
import { createLoopbackWorld, startApplication } from './loopback-world.ts'

const world = await createLoopbackWorld()
const api = express()
// Found by discovery; `strict` asks for everything that RFC 9068 says of an access token.
api.use(auth({ issuerBaseURL: world.url, audience: AUDIENCE, strict: true }))
api.get('/read', requiredScopes('read'), (request, response) => {
  response.json(request.auth?.payload)
})
const failed: express.ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, headers } = error as { status?: number; headers?: Record<string, string> }
  response.set(headers ?? {}).sendStatus(status ?? 500)
}
api.use(failed)
const { url, stop } = await startApplication(api)
after(async () => {
  stop()
  await world.stop()
})

const secrets = new Map<string, string>()
before(async () => {
  const settings = { authenticationMethod: 'client_secret_post', redirectUris: [] } as const
  for (const accessTokenAlgorithm of ['ES256', 'RS256'] as const) {
    const grants = ['client_credentials'] as const
    const secret = await world.createClient(accessTokenAlgorithm, {
      ...settings,
      grants,
      accessTokenAlgorithm,
    })
    secrets.set(accessTokenAlgorithm, secret)
  }
  // A running server makes the keys of its clients within a second; this one tends nothing, and the
  // API would not read the keys again for 30 seconds.
  await tokenOf('RS256', 'read')
})

async function tokenOf(clientId: string, scope: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${world.url}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secrets.get(clientId)!,
      scope,
    }),
  })
  const { access_token } = (await answer.json()) as { access_token: string }
  return access_token
}

const ask = (headers: Record<string, string>) => fetch(`${url}/read`, { headers })
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

for (const algorithm of ['ES256', 'RS256']) {
  test(`express-oauth2-jwt-bearer: an access token of ${algorithm}, found by discovery`, async () => {
    const answer = await ask(bearer(await tokenOf(algorithm, 'read')))
    assert.equal(answer.status, 200)
    const claims = (await answer.json()) as Record<string, unknown>
    assert.deepEqual([claims['client_id'], claims['iss']], [algorithm, world.url])
    assert.equal((await ask(bearer(await tokenOf(algorithm, 'write')))).status, 403)
  })
}

test('express-oauth2-jwt-bearer: another audience, no token and a changed one are refused', async () => {
  const token = await tokenOf('ES256', 'read')
  assert.equal((await ask(bearer(token))).status, 200)
  const [header, , signature] = token.split('.')
  const claims = JSON.stringify({ iss: world.url, aud: AUDIENCE, scope: 'read' })
  const forged = [header, Buffer.from(claims).toString('base64url'), signature].join('.')
  for (const headers of [{}, bearer(forged), bearer(`${token.slice(0, -4)}AAAA`)]) {
    assert.equal((await ask(headers)).status, 401)
  }
  const other = express().use(auth({ issuerBaseURL: world.url, audience: 'https://other.example' }))
  other.use(failed)
  const elsewhere = await startApplication(other)
  const refused = await fetch(elsewhere.url, { headers: bearer(token) })
  elsewhere.stop()
  assert.equal(refused.status, 401)
})

test('express-oauth2-jwt-bearer: a token bound to a key (DPoP), with its proof', async () => {
  const key = createDpopKey()
  const iat = () => Math.floor(Date.now() / 1000)
  const atToken = key.proof({ htm: 'POST', htu: `${world.url}/oauth/token`, iat: iat() })
  const token = await tokenOf('ES256', 'read', { DPoP: atToken })
  const ath = createHash('sha256').update(token).digest('base64url')
  const proofBy = (by: ReturnType<typeof createDpopKey>) => ({
    Authorization: `DPoP ${token}`,
    DPoP: by.proof({ htm: 'GET', htu: `${url}/read`, iat: iat(), ath }),
  })
  assert.equal((await ask(proofBy(key))).status, 200)
  assert.equal((await ask(proofBy(createDpopKey()))).status, 401)
  assert.equal((await ask(bearer(token))).status, 401)
})

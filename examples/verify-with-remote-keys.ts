// Signs the demo user in at a running server, and verifies the token as any resource server would:
// MAPAE_DEMO_PASSWORD=… node --conditions=mapae-source examples/verify-with-remote-keys.ts
import { createRemoteKeys, createVerifier } from '@mapae/jwt'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
const body = JSON.stringify({ username: 'demo', password: process.env['MAPAE_DEMO_PASSWORD'] })
const headers = { 'content-type': 'application/json' }
const login = await fetch(`${issuer}/v1/login`, { method: 'POST', headers, body })
const { access_token: accessToken = '' } = (await login.json()) as { access_token?: string }

const keys = createRemoteKeys(`${issuer}/.well-known/jwks.json`)
const verify = createVerifier({ keys, issuer, audience: issuer, typ: 'at+jwt' })
console.log(await verify.async(accessToken))

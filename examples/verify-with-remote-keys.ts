// Verify an access token of a running server, knowing nothing but its address:
// MAPAE_ACCESS_TOKEN=… node --conditions=mapae-source examples/verify-with-remote-keys.ts
import { createRemoteKeys, createVerifier } from '@mapae/jwt'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
const audience = process.env['MAPAE_AUDIENCE'] ?? issuer
const keys = createRemoteKeys(`${issuer}/.well-known/jwks.json`)
const verify = createVerifier({ keys, issuer, audience, typ: 'at+jwt' })

const claims = await verify.async(process.env['MAPAE_ACCESS_TOKEN'] ?? '')
console.log(`${claims.sub} until ${new Date(claims.exp * 1000).toISOString()}`)

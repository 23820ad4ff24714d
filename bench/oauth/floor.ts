// The floor under the token endpoint: node:http, one statement for a code, the signatures, and
// nothing that makes a server safe or useful. Whatever signs a token a call costs at least this.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

import { createSigner, generateKey } from '@mapae/jwt'
import { Pool } from 'pg'

const AUDIENCE = 'https://api.example.com'
const ISSUER = 'https://auth.example.com'
const LIFETIME_SECONDS = 3600
const secretHash = sha256('bench-secret-of-the-benchmark-0123456789')

const key = generateKey('ES256', { kid: 'floor' })
const signAccessToken = createSigner({ key, typ: 'at+jwt' })
const signIdToken = createSigner({ key, typ: 'JWT' })

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
await pool.query(`CREATE TABLE codes (code text PRIMARY KEY, redeemed_at bigint);
  CREATE TABLE sessions (id text PRIMARY KEY, code text NOT NULL, live bigint NOT NULL)`)
const redeem = {
  name: 'redeem',
  text: `WITH redeemed AS (
      UPDATE codes SET redeemed_at = 1 WHERE code = $1 AND redeemed_at IS NULL RETURNING code)
    INSERT INTO sessions SELECT $2, code, 1 FROM redeemed RETURNING id`,
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function answer(form: URLSearchParams): Promise<object> {
  if (!timingSafeEqual(sha256(form.get('client_secret') ?? ''), secretHash)) throw new Error()
  const iat = Math.floor(Date.now() / 1000)
  const common = { iss: ISSUER, exp: iat + LIFETIME_SECONDS, iat, client_id: 'bench' }
  const jti = randomBytes(8).toString('base64url')
  const access = { ...common, aud: AUDIENCE, jti, scope: 'api' }
  if (form.get('grant_type') === 'client_credentials') {
    const access_token = signAccessToken({ ...access, sub: 'bench' })
    return { access_token, token_type: 'Bearer', expires_in: LIFETIME_SECONDS, scope: 'api' }
  }
  const code = form.get('code')
  const sid = randomBytes(16).toString('base64url')
  if ((await pool.query({ ...redeem, values: [code, sid] })).rows.length === 0) throw new Error()
  return {
    access_token: signAccessToken({ ...access, sub: 'user', sid }),
    token_type: 'Bearer',
    expires_in: LIFETIME_SECONDS,
    refresh_token: randomBytes(32).toString('base64url'),
    id_token: signIdToken({ ...common, aud: 'bench', sub: 'user', sid }),
  }
}

createServer((request, response) => {
  if (request.method === 'GET') return response.end()
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    answer(new URLSearchParams(Buffer.concat(parts).toString())).then(
      (body) =>
        response
          .writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
          .end(JSON.stringify(body)),
      () => response.writeHead(400).end(),
    )
  })
  return undefined
}).listen(Number(process.env['PORT']), '127.0.0.1')

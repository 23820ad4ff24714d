// What a careful author writes by hand: Express, jsonwebtoken and pg. Refresh tokens rotate in a
// table of their own, behind a row lock, in one transaction with the event that tells of it.
import { createHash, createPublicKey, randomUUID } from 'node:crypto'

import express from 'express'
import jsonwebtoken from 'jsonwebtoken'
import { Pool } from 'pg'

import { checkPassword, signingKey } from './stand-ins.js'

const ISSUER = 'https://auth.example.com'
const AUDIENCE = 'https://api.example.com'
const REFRESH_SECRET = 'a secret of the benchmark, long enough for HS256'
const verifyingKey = createPublicKey(signingKey)

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
await pool.query(`
  CREATE TABLE IF NOT EXISTS users (id text PRIMARY KEY, username text NOT NULL UNIQUE, password_hash text NOT NULL);
  CREATE TABLE IF NOT EXISTS refresh_tokens (
    id text PRIMARY KEY, family text NOT NULL, user_id text NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
    used_at timestamptz, revoked_at timestamptz);
  CREATE INDEX IF NOT EXISTS by_family ON refresh_tokens (family);
  CREATE TABLE IF NOT EXISTS events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL, user_id text, family text, ip text);
  INSERT INTO users
    SELECT 'user-' || n, 'user' || n, '$argon2id$stand-in' FROM generate_series(0, 63) AS n
    ON CONFLICT DO NOTHING`)

/** Runs the work in a transaction of one connection. */
async function inTransaction(work) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

async function issue(client, userId, family, event, ip) {
  const id = randomUUID()
  await client.query(
    `INSERT INTO refresh_tokens (id, family, user_id, expires_at)
     VALUES ($1, $2, $3, now() + interval '30 days')`,
    [digest(id), family, userId],
  )
  await client.query('INSERT INTO events (name, user_id, family, ip) VALUES ($1, $2, $3, $4)', [
    event,
    userId,
    family,
    ip,
  ])
  return id
}

function tokenResponse(userId, family, id) {
  const access = jsonwebtoken.sign({ client_id: 'web', sid: family }, signingKey, {
    algorithm: 'ES256',
    keyid: 'bench',
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: userId,
    jwtid: randomUUID(),
    expiresIn: 3600,
  })
  const refresh = jsonwebtoken.sign({}, REFRESH_SECRET, {
    issuer: ISSUER,
    subject: userId,
    jwtid: id,
    expiresIn: '30d',
  })
  return {
    access_token: access,
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: refresh,
  }
}

const digest = (text) => createHash('sha256').update(text).digest('base64url')

const app = express()
app.disable('x-powered-by')
app.set('trust proxy', 'loopback')
app.use(express.json())

app.post('/login', async (request, response) => {
  const { username, password } = request.body
  const { rows } = await pool.query('SELECT id, password_hash FROM users WHERE username = $1', [
    username,
  ])
  if (rows.length === 0 || !(await checkPassword(rows[0].password_hash, password))) {
    return response.status(401).json({ error: 'invalid_credentials' })
  }
  const family = randomUUID()
  const id = await inTransaction((client) => issue(client, rows[0].id, family, 'login', request.ip))
  return response.set('Cache-Control', 'no-store').json(tokenResponse(rows[0].id, family, id))
})

app.post('/refresh', async (request, response) => {
  const { jti } = jsonwebtoken.verify(request.body.refresh_token, REFRESH_SECRET, {
    algorithms: ['HS256'],
    issuer: ISSUER,
  })
  const answer = await inTransaction(async (client) => {
    const { rows } = await client.query(
      `SELECT family, user_id, used_at, revoked_at, expires_at < now() AS expired
       FROM refresh_tokens WHERE id = $1 FOR UPDATE`,
      [digest(jti)],
    )
    const [row] = rows
    if (row === undefined || row.expired || row.revoked_at !== null) return null
    if (row.used_at !== null) {
      await client.query('UPDATE refresh_tokens SET revoked_at = now() WHERE family = $1', [
        row.family,
      ])
      return null
    }
    await client.query('UPDATE refresh_tokens SET used_at = now() WHERE id = $1', [digest(jti)])
    const id = await issue(client, row.user_id, row.family, 'refresh', request.ip)
    return tokenResponse(row.user_id, row.family, id)
  })
  if (answer === null) return response.status(400).json({ error: 'invalid_grant' })
  return response.set('Cache-Control', 'no-store').json(answer)
})

function authenticate(request) {
  const [, token] = /^Bearer (.+)$/.exec(request.get('authorization') ?? '') ?? []
  return jsonwebtoken.verify(token, verifyingKey, {
    algorithms: ['ES256'],
    issuer: ISSUER,
    audience: AUDIENCE,
  })
}

app.get('/me', async (request, response) => {
  const { sub } = authenticate(request)
  const { rows } = await pool.query('SELECT id, username FROM users WHERE id = $1', [sub])
  return response.json(rows[0])
})

app.get('/verify', (request, response) => response.json({ sub: authenticate(request).sub }))

app.listen(Number(process.env.PORT), '127.0.0.1')

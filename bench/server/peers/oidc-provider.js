// oidc-provider with a PostgreSQL adapter: one table of models, as its documentation lays it out.
// Access tokens are JWTs for a resource server, refresh tokens rotate, a sign-in is the whole
// authorization code flow with consent given in the same step.
import { createPublicKey } from 'node:crypto'

import express from 'express'
import { jwtVerify } from 'jose'
import { Provider } from 'oidc-provider'
import { Pool } from 'pg'

import { checkPassword, signingKey } from './stand-ins.js'

const AUDIENCE = 'https://api.example.com'
const issuer = `http://127.0.0.1:${process.env.PORT}`
const verifyingKey = createPublicKey(signingKey)

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
await pool.query(`
  CREATE TABLE IF NOT EXISTS users (id text PRIMARY KEY, username text NOT NULL UNIQUE, password_hash text NOT NULL);
  INSERT INTO users
    SELECT 'user-' || n, 'user' || n, '$argon2id$stand-in' FROM generate_series(0, 63) AS n
    ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS models (
    kind text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, uid text,
    user_code text, expires_at timestamptz, PRIMARY KEY (kind, id));
  CREATE INDEX IF NOT EXISTS by_grant ON models (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_uid ON models (kind, uid) WHERE uid IS NOT NULL`)

class PostgresAdapter {
  constructor(kind) {
    this.kind = kind
  }

  async upsert(id, payload, expiresIn) {
    await pool.query(
      `INSERT INTO models (kind, id, payload, grant_id, uid, user_code, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
       ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload,
         grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code,
         expires_at = excluded.expires_at`,
      [this.kind, id, payload, payload.grantId, payload.uid, payload.userCode, expiresIn],
    )
  }

  async findBy(column, value) {
    const { rows } = await pool.query(
      `SELECT payload FROM models
       WHERE kind = $1 AND ${column} = $2 AND (expires_at IS NULL OR expires_at > now())`,
      [this.kind, value],
    )
    return rows[0]?.payload
  }

  find(id) {
    return this.findBy('id', id)
  }

  findByUid(uid) {
    return this.findBy('uid', uid)
  }

  findByUserCode(userCode) {
    return this.findBy('user_code', userCode)
  }

  async consume(id) {
    await pool.query(
      `UPDATE models SET payload = payload ||
         jsonb_build_object('consumed', floor(extract(epoch FROM now())))
       WHERE kind = $1 AND id = $2`,
      [this.kind, id],
    )
  }

  async destroy(id) {
    await pool.query('DELETE FROM models WHERE kind = $1 AND id = $2', [this.kind, id])
  }

  async revokeByGrantId(grantId) {
    await pool.query('DELETE FROM models WHERE grant_id = $1', [grantId])
  }
}

const client = {
  client_id: 'bench',
  client_secret: 'bench-secret-of-the-benchmark-0123456789',
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirect_uris: ['https://app.example.com/callback'],
  id_token_signed_response_alg: 'ES256',
}
const areClientsInDatabase = process.env.CLIENTS_IN === 'database'
if (areClientsInDatabase) await new PostgresAdapter('Client').upsert(client.client_id, client)

const provider = new Provider(issuer, {
  adapter: PostgresAdapter,
  clients: areClientsInDatabase ? [] : [client],
  jwks: { keys: [{ ...signingKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
  cookies: { keys: ['a cookie key of the benchmark'] },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ttl: {
    AccessToken: 3600,
    Grant: 2_592_000,
    IdToken: 600,
    Interaction: 600,
    RefreshToken: 2_592_000,
    Session: 2_592_000,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        audience: AUDIENCE,
        scope: 'api',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

const app = express()
app.disable('x-powered-by')

app.post(
  '/interaction/:uid',
  express.urlencoded({ extended: false }),
  async (request, response) => {
    const { username, password } = request.body
    const { rows } = await pool.query('SELECT id, password_hash FROM users WHERE username = $1', [
      username,
    ])
    if (rows.length === 0 || !(await checkPassword(rows[0].password_hash, password))) {
      return response.status(401).end()
    }
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: rows[0].id, clientId: params.client_id })
    grant.addOIDCScope('openid offline_access')
    grant.addResourceScope(AUDIENCE, 'api')
    const result = {
      login: { accountId: rows[0].id },
      consent: { grantId: await grant.save() },
    }
    return provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: false,
    })
  },
)

async function authenticate(request) {
  const [, token] = /^Bearer (.+)$/.exec(request.get('authorization') ?? '') ?? []
  const { payload } = await jwtVerify(token, verifyingKey, {
    algorithms: ['ES256'],
    issuer,
    audience: AUDIENCE,
  })
  return payload
}

app.get('/verify', async (request, response) =>
  response.json({ sub: (await authenticate(request)).sub }),
)

app.get('/user', async (request, response) => {
  const { sub } = await authenticate(request)
  const { rows } = await pool.query('SELECT id, username FROM users WHERE id = $1', [sub])
  return response.json(rows[0])
})

app.use(provider.callback())
app.listen(Number(process.env.PORT), '127.0.0.1')

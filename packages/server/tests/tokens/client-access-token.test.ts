import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'

import { createSigner, type ClaimsToSign } from '@mapae/jwt'

import type { KeyPurpose } from '../../src/domain/signing-key.ts'
import type { Seconds } from '../../src/domain/time.ts'
import {
  createClientAccessTokens,
  type AccessTokenShape,
} from '../../src/tokens/client-access-token.ts'
import type { PurposeSigner } from '../../src/tokens/purpose-signer.ts'
import type { SigningKeys } from '../../src/tokens/signing-keys.ts'
import { AUDIENCE, createTestMapae, ISSUER } from '../test-mapae.ts'

/** More than there are places. */
const MADE_UP = 150

const server = await createTestMapae()
const { clock, mapae } = server
after(() => server.close())

/** Verifiers that were made. */
let made = 0
const signingKeys: SigningKeys = Object.create(mapae.signingKeys, {
  anyAccessToken: {
    get: () => {
      made++
      return mapae.signingKeys.anyAccessToken
    },
  },
})
const settings = {
  issuer: ISSUER,
  audience: AUDIENCE,
  lifetimeSeconds: 600 as Seconds,
  budgetBytes: 1024,
}
const key = mapae.signingKeys.accessToken.signing
const sign: PurposeSigner = Object.assign(
  async (_purpose: KeyPurpose, typ: string, claims: ClaimsToSign) =>
    createSigner({ key, typ })(claims),
  { prepare: async () => {} },
)
const accessTokens = createClientAccessTokens(settings, signingKeys, sign, clock, randomBytes)
const shape: AccessTokenShape = {
  algorithm: 'ES256',
  lifetimeSeconds: settings.lifetimeSeconds,
  until: null,
  encryptionJwk: null,
}

async function tokenFor(audience: string): Promise<string> {
  const claims = { sub: 'web', client_id: 'web', aud: audience }
  return (await accessTokens.mint(claims, shape)).accessToken
}

test('who makes audiences up takes no place of those that there are', async () => {
  const token = await tokenFor(AUDIENCE)
  const [header, , signature] = token.split('.')
  for (let count = 0; count < MADE_UP; count++) {
    const payload = Buffer.from(JSON.stringify({ aud: `https://${count}.example` }))
    const forged = `${header}.${payload.toString('base64url')}.${signature}`
    assert.equal(accessTokens.find(forged), null)
  }
  made = 0
  accessTokens.verify(token)
  accessTokens.verify(token)
  assert.equal(made, 1, 'the verifier of an audience is kept')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as jose from 'jose'
import {
  algorithms,
  createSigner,
  createVerifier,
  exportJwk,
  generateKey,
  importKey,
  publicKeyOf,
  thumbprint,
  type Algorithm,
  type Key,
} from '@mapae/jwt'

const issuer = 'https://auth.example.com'
const audience = 'https://api.example.com'
const claims = {
  iss: issuer,
  aud: audience,
  sub: '마패',
  exp: 2_000,
  iat: 1_000,
  nested: [{ a: 'é' }],
}
const policy = { issuer, audience, typ: 'at+jwt', clock: () => 1_000 }

function verifyingJwk(key: Key): jose.JWK {
  return exportJwk(key, { private: key.kind === 'secret' })
}

for (const alg of Object.keys(algorithms) as Algorithm[]) {
  test(`${alg}: jose verifies what is signed here, and what jose signs verifies here`, async () => {
    const key = generateKey(alg, { kid: 'k1' })
    const theirs = await jose.importJWK(verifyingJwk(key), alg)
    const token = createSigner({ key, typ: 'at+jwt' })(claims)
    const checks = {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: [alg],
      currentDate: new Date(1_000_000),
    }
    assert.deepEqual((await jose.jwtVerify(token, theirs, checks)).payload, claims)

    const signing = await jose.importJWK(exportJwk(key, { private: true }), alg)
    const header = { alg, typ: 'at+jwt', kid: 'k1' }
    const foreign = await new jose.SignJWT(claims).setProtectedHeader(header).sign(signing)
    const keys = key.kind === 'secret' ? key : publicKeyOf(key)
    assert.deepEqual(createVerifier({ keys, ...policy })(foreign), claims)
    assert.equal(thumbprint(key), await jose.calculateJwkThumbprint(verifyingJwk(key)))
  })

  if (algorithms[alg].kty === 'oct') continue
  test(`${alg}: keys that jose makes are read here, as JWK and as PEM`, async () => {
    const pair = await jose.generateKeyPair(alg, { extractable: true })
    const jwk = await jose.exportJWK(pair.publicKey)
    const imported = importKey({ alg, jwk: jwk, kind: 'public' })
    assert.equal(thumbprint(imported), await jose.calculateJwkThumbprint(jwk))
    const fromPem = importKey({
      alg,
      pem: await jose.exportPKCS8(pair.privateKey),
      kind: 'private',
    })
    assert.equal(thumbprint(fromPem), thumbprint(imported))
    const token = createSigner({ key: fromPem, typ: 'at+jwt' })(claims)
    assert.deepEqual(createVerifier({ keys: imported, ...policy })(token), claims)
  })
}

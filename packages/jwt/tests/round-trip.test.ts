import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  algorithms,
  createSigner,
  createVerifier,
  exportJwk,
  generateKey,
  importKey,
  publicKeyOf,
  TokenError,
  type Algorithm,
} from '@mapae/jwt'

const claims = {
  iss: 'https://auth.example.com',
  aud: 'https://api.example.com',
  exp: 2_000,
  이름: '마패',
}

for (const alg of Object.keys(algorithms) as Algorithm[]) {
  test(`${alg}: a signed token verifies, through an exported key too, and no other token does`, () => {
    const key = generateKey(alg, { kid: 'abcdefgh' })
    const token = createSigner({ key, typ: 'at+jwt' })(claims)
    const jwk = key.kind === 'secret' ? exportJwk(key, { private: true }) : exportJwk(key)
    const policy = { issuer: claims.iss, audience: claims.aud, typ: 'at+jwt', clock: () => 1_000 }
    const verify = createVerifier({ keys: importKey({ alg, jwk }), ...policy })
    assert.deepEqual(verify(token), claims)
    assert.deepEqual(verify(token), claims)
    const stranger = createVerifier({
      keys: publicOf(generateKey(alg, { kid: 'abcdefgh' })),
      ...policy,
    })
    assert.throws(() => stranger(token), new TokenError('signature_invalid'))
  })
}

test('an ES256 header with a kid of eight characters is 47 bytes', () => {
  const token = createSigner({ key: generateKey('ES256', { kid: 'abcdefgh' }), typ: 'at+jwt' })(
    claims,
  )
  const header = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url')
  assert.equal(header.toString(), '{"alg":"ES256","typ":"at+jwt","kid":"abcdefgh"}')
  assert.equal(header.length, 47)
})

function publicOf(key: ReturnType<typeof generateKey>): ReturnType<typeof generateKey> {
  return key.kind === 'secret' ? key : publicKeyOf(key)
}

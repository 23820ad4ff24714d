import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  algorithms,
  createSigner,
  createTokenCache,
  createVerifier,
  decodeUnverified,
  generateKey,
  publicKeyOf,
  TokenError,
  type Algorithm,
} from '@mapae/jwt'
import { parseJsonObject, StrictJsonError } from '@mapae/jwt/strict-json'

const claims = { iss: 'i', aud: 'a', sub: 's', exp: 2_000, jti: 'abc' }
const policy = { issuer: 'i', audience: 'a', typ: 'at+jwt', clock: () => 1_000 }

for (const alg of Object.keys(algorithms) as Algorithm[]) {
  const key = generateKey(alg, { kid: 'k1' })
  const keys = key.kind === 'secret' ? key : publicKeyOf(key)
  const verifiers = [
    createVerifier({ keys, ...policy }),
    createVerifier({ keys, ...policy, cache: createTokenCache() }),
  ]
  const token = createSigner({ key, typ: 'at+jwt' })(claims)
  const runs = alg.startsWith('ML-') ? 60 : 200

  test(`${alg}: no token that differs by a bit, or by a character, is accepted`, () => {
    // Both remember the good token first, so that what is remembered is under attack as well.
    for (const verify of verifiers) assert.deepEqual(verify(token), claims)
    const position = fc.nat(token.length - 1)
    const change = fc.oneof(
      fc.record({ at: position, bit: fc.nat(15) }),
      fc.record({
        at: position,
        text: fc.string({ maxLength: 3, unit: 'binary' }),
        cut: fc.nat(3),
      }),
    )
    fc.assert(
      fc.property(change, (how) => {
        const changed =
          'bit' in how
            ? replaceAt(
                token,
                how.at,
                1,
                String.fromCharCode(token.charCodeAt(how.at) ^ (1 << how.bit)),
              )
            : replaceAt(token, how.at, how.cut, how.text)
        if (changed === token) return
        for (const verify of verifiers) {
          assert.throws(
            () => verify(changed),
            (error) => error instanceof TokenError,
          )
        }
      }),
      { numRuns: runs },
    )
  })
}

function replaceAt(text: string, at: number, cut: number, replacement: string): string {
  return text.slice(0, at) + replacement + text.slice(at + cut)
}

test('any text at all is refused with a code', () => {
  const verify = createVerifier({ keys: generateKey('HS256'), ...policy })
  const part = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map(encode),
    fc.constant(encode('{"alg":"HS256","typ":"at+jwt"}')),
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  )
  fc.assert(
    fc.property(text, (token) => {
      assert.throws(
        () => verify(token),
        (error) => error instanceof TokenError,
      )
      try {
        decodeUnverified(token)
      } catch (error) {
        assert.ok(error instanceof TokenError)
      }
    }),
    { numRuns: 500 },
  )
})

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

test('strict JSON reads what JSON.stringify writes, and nothing that says a name twice', () => {
  const forbidden = (value: unknown): boolean => /__proto__|\\ud/.test(JSON.stringify(value))
  const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 5 }))
  fc.assert(
    fc.property(object, fc.integer({ min: 0, max: 4 }), (value, spaces) => {
      fc.pre(!forbidden(value))
      const text = JSON.stringify(value, null, spaces)
      assert.deepEqual(parseJsonObject(text), JSON.parse(text))
      assert.deepEqual(parseJsonObject(Buffer.from(text)), JSON.parse(text))
      const [name] = Object.keys(value)
      if (name === undefined) return
      const twice = `${text.trimEnd().slice(0, -1)},${JSON.stringify(name)}:0}`
      assert.throws(() => parseJsonObject(twice), new StrictJsonError('json_duplicate_member'))
    }),
    { numRuns: 500 },
  )
})

test('what strict JSON accepts, JSON.parse reads alike; it never fails without a code', () => {
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0a1 ntruefals'.split('')) }),
  )
  fc.assert(
    fc.property(text, (input) => {
      try {
        assert.deepEqual(parseJsonObject(input), JSON.parse(input))
      } catch (error) {
        assert.ok(error instanceof StrictJsonError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

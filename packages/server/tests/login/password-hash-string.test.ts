import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  areAffordable,
  formatPasswordHash,
  parsePasswordHash,
} from '../../src/login/password-hash-string.ts'

const salt = 'AAECAwQFBgcICQoLDA0ODw'
const tag = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'

test('a PHC string is read into its parts', () => {
  const parsed = parsePasswordHash(`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag}`)
  assert.deepEqual(parsed?.parameters, { memoryKibibytes: 19_456, passes: 2, lanes: 1 })
  assert.deepEqual(Array.from(parsed.salt), [...Array(16).keys()])
  assert.deepEqual(Array.from(parsed.tag), [...Array(32).keys()])
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(
      fc.record({
        parameters: fc
          .record({
            memoryKibibytes: fc.integer({ min: 8, max: 262_144 }),
            passes: fc.integer({ min: 1, max: 40 }),
            lanes: fc.integer({ min: 1, max: 16 }),
          })
          .filter(areAffordable),
        salt: fc.uint8Array({ minLength: 8, maxLength: 64 }),
        tag: fc.uint8Array({ minLength: 16, maxLength: 64 }),
      }),
      (hash) => {
        const read = parsePasswordHash(formatPasswordHash(hash))
        assert.deepEqual(read?.parameters, { ...hash.parameters })
        assert.deepEqual(Buffer.from(read.salt), Buffer.from(hash.salt))
        assert.deepEqual(Buffer.from(read.tag), Buffer.from(hash.tag))
      },
    ),
  )
})

test('damaged, foreign and hostile strings are refused', () => {
  const refused = [
    '',
    'plain password',
    '\u0000',
    `$argon2i$v=19$m=19456,t=2,p=1$${salt}$${tag}`,
    `$argon2d$v=19$m=19456,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${tag}`,
    `$argon2id$m=19456,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=19$t=2,m=19456,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=0,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=019456,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=7,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=64,t=2,p=9$${salt}$${tag}`,
    `$argon2id$v=19$m=4294967295,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=262145,t=1,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=19456,t=4294967295,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=262144,t=5,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=99999999999999999999,t=1,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=19456,t=2,p=17$${salt}$${tag}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}`,
    `$argon2id$v=19$m=19456,t=2,p=1$AAECAw$${tag}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$AAECAw`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag.slice(0, -1)}9`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}==$${tag}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag}\n`,
    ` $argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag}$`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${'A'.repeat(100_000)}`,
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
  ]
  for (const text of refused) assert.equal(parsePasswordHash(text), null, text.slice(0, 80))
})

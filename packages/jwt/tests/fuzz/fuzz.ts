import { randomBytes, randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import {
  createKeySet,
  createSigner,
  createTokenCache,
  createVerifier,
  generateKey,
  importKey,
  KeyError,
  OptionError,
  publicKeyOf,
  TokenError,
} from '@mapae/jwt'
import { parseJsonObject, StrictJsonError } from '@mapae/jwt/strict-json'

// Throws broken tokens, keys and texts at the library until the time is over:
// npm run fuzz:jwt -- --seconds 60. It fails on an acceptance, or on an error without a code.
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } })
const end = performance.now() + Number(values.seconds) * 1000

const policy = { issuer: 'i', audience: 'a', typ: 'at+jwt', clock: () => 1000 }
const claims = { iss: 'i', aud: 'a', sub: '마패', exp: 2000, nested: { list: [1, 'x', null] } }
const signers = (['HS256', 'ES256', 'EdDSA'] as const).map((alg) => generateKey(alg, { kid: alg }))
const keys = createKeySet(signers.map((key) => (key.kind === 'secret' ? key : publicKeyOf(key))))
const verifiers = [
  createVerifier({ keys, ...policy }),
  createVerifier({ keys, ...policy, cache: createTokenCache({ maxTokens: 16 }) }),
]
const tokens = signers.map((key) => createSigner({ key, typ: 'at+jwt' })(claims))
const jwk = { kty: 'EC', crv: 'P-256', x: '', y: '', alg: 'ES256', key_ops: ['verify'], use: 'sig' }

function pick<Item>(items: readonly Item[]): Item {
  return items[randomInt(items.length)]!
}

const pieces = [
  '.',
  '..',
  '=',
  '\n',
  '\0',
  '+',
  '/',
  'A',
  '-',
  '_',
  '{',
  '"',
  '\\u0061',
  'é',
  '\ud800',
  '[[',
  ':',
]

/** One to four edits: flip, cut, put in, double, splice with another text. */
function mutate(text: string): string {
  let changed = text
  for (let edit = randomInt(1, 5); edit > 0; edit--) {
    const at = randomInt(changed.length + 1)
    const to = Math.min(changed.length, at + randomInt(8))
    const bit = String.fromCharCode((changed.charCodeAt(at) || 65) ^ (1 << randomInt(8)))
    changed = pick([
      changed.slice(0, at) + bit + changed.slice(at + 1),
      changed.slice(0, at) + changed.slice(to),
      changed.slice(0, at) + pick(pieces) + changed.slice(at),
      changed.slice(0, to) + changed.slice(at),
      changed.slice(0, at) + pick(tokens).slice(at),
      changed.slice(0, at) + randomBytes(4).toString('base64url') + changed.slice(to),
    ])
  }
  return changed
}

function attackVerifier(): void {
  const token = mutate(pick(tokens))
  if (tokens.includes(token)) return
  try {
    pick(verifiers)(token)
  } catch (error) {
    if (error instanceof TokenError) return
    throw error
  }
  throw new Error(`accepted: ${token}`)
}

function attackJson(): void {
  const text = mutate(JSON.stringify(pick([claims, jwk, { keys: [jwk] }])))
  try {
    parseJsonObject(pick([text, Buffer.from(text), randomBytes(randomInt(20))]))
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
  }
}

function attackImport(): void {
  const random = { x: randomBytes(randomInt(30, 34)), y: randomBytes(32) }
  const key = { ...jwk, x: random.x.toString('base64url'), y: random.y.toString('base64url') }
  const source = pick<object>([
    { jwk: key },
    { jwk: { ...key, [pick(Object.keys(key))]: pick([null, 1, [], {}, '']) } },
    { pem: mutate('-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----') },
    { secret: mutate('secret') },
  ])
  try {
    importKey({ alg: pick(['ES256', 'RS256', 'HS256', 'EdDSA', 'none']), ...source } as never)
  } catch (error) {
    if (!(error instanceof KeyError || error instanceof OptionError)) throw error
  }
}

let rounds = 0
for (; performance.now() < end; rounds++) {
  attackVerifier()
  attackJson()
  if (rounds % 10 === 0) attackImport()
}
process.stdout.write(`${rounds} rounds, nothing accepted, nothing without a code\n`)

import type * as Library from '@mapae/jwt'
import type * as StrictJson from '@mapae/jwt/strict-json'
import type {
  AttackCase,
  AttackFixture,
  CacheCase,
  KeyInput,
  OptionCase,
  RemoteCase,
} from './attack-case.ts'

/** What is attacked: the library as some runtime has it. */
export interface Target {
  readonly jwt: typeof Library
  readonly parseJsonObject: typeof StrictJson.parseJsonObject
  /** Whether to call the synchronous forms. */
  readonly sync: boolean
}

/** Run one case; the answer is the error's code, or `accepted`. Needs nothing but the language. */
export async function runCase(
  target: Target,
  fixture: AttackFixture,
  attack: AttackCase,
): Promise<string> {
  try {
    return (await attempt(target, fixture, attack)) ?? 'accepted'
  } catch (error) {
    return codeOf(error)
  }
}

/** Errors with a code of ours are outcomes; anything else is a fault of the library. */
function codeOf(error: unknown): string {
  const isOurs =
    error instanceof Error &&
    ['TokenError', 'KeyError', 'OptionError', 'StrictJsonError'].includes(error.name)
  if (isOurs) return (error as Error & { code: string }).code
  return `uncoded: ${String(error)}`
}

async function attempt(
  target: Target,
  fixture: AttackFixture,
  attack: AttackCase,
): Promise<string | undefined> {
  const { jwt, sync } = target
  switch (attack.kind) {
    case 'token': {
      const keys = await importNamed(target, fixture, attack.keys)
      const verify = jwt.createVerifier({ ...usual(jwt, fixture, attack.options), keys } as never)
      const claims = sync ? verify(attack.token) : await verify.async(attack.token)
      return Object.isFrozen(claims) ? undefined : 'not frozen'
    }
    case 'key': {
      const key = await importOne(target, attack.key)
      if (attack.use === 'sign') jwt.createSigner({ key, typ: 'at+jwt' })
      if (attack.use === 'verify') {
        jwt.createVerifier({ ...usual(jwt, fixture), keys: key } as never)
      }
      return undefined
    }
    case 'keySet':
      jwt.createKeySet(await Promise.all(attack.keys.map(async (key) => importOne(target, key))))
      return undefined
    case 'option':
      return makeWithOptions(target, fixture, attack)
    case 'sign': {
      const key = await importOne(target, fixture.keys['HS256']!)
      const sign = jwt.createSigner({ key, typ: 'at+jwt' })
      if (sync) sign(attack.claims as never)
      else await sign.async(attack.claims as never)
      return undefined
    }
    case 'cache':
      return goThroughCache(target, fixture, attack)
    case 'remote':
      return askRemotely(target, fixture, attack)
  }
}

function usual(
  jwt: typeof Library,
  fixture: AttackFixture,
  over: Record<string, unknown> = {},
): Record<string, unknown> {
  const { issuer, audience, now } = fixture
  const options: Record<string, unknown> = {
    issuer,
    audience,
    typ: 'at+jwt',
    clock: () => now,
    ...over,
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === null) delete options[name]
    if (value === 'NO_AUDIENCE') options[name] = jwt.NO_AUDIENCE
  }
  return options
}

async function importOne({ jwt, sync }: Target, input: KeyInput): Promise<Library.Key> {
  const { secretBytes, ...rest } = input
  const secret = secretBytes === undefined ? {} : { secret: fromBase64url(secretBytes) }
  const source = { ...rest, ...secret } as Library.KeySource
  return sync ? jwt.importKey(source) : jwt.importKey.async(source)
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.codePointAt(0)!)
}

async function importNamed(
  target: Target,
  fixture: AttackFixture,
  names: readonly string[],
): Promise<Library.Key[]> {
  return Promise.all(names.map(async (name) => importOne(target, fixture.keys[name]!)))
}

async function makeWithOptions(
  target: Target,
  fixture: AttackFixture,
  { make, options }: OptionCase,
): Promise<undefined> {
  const { jwt, parseJsonObject } = target
  const [key] = await importNamed(target, fixture, ['HS256'])
  const withKey = (over: object): never => {
    const all: Record<string, unknown> = { key, keys: key, ...over }
    for (const name of Object.keys(all)) if (all[name] === null) delete all[name]
    return all as never
  }
  if (make === 'verifier') {
    const { key: _key, ...all } = withKey({ ...usual(jwt, fixture), ...options }) as {
      key: unknown
    }
    jwt.createVerifier(all as never)
  }
  if (make === 'tokenCache') jwt.createTokenCache(options)
  if (make === 'signer') {
    const { keys: _keys, ...all } = withKey({ typ: 'at+jwt', ...options }) as { keys: unknown }
    jwt.createSigner(all as never)
  }
  if (make === 'remoteKeys') {
    const { url, ...all } = options
    jwt.createRemoteKeys(url as string, all)
  }
  if (make === 'strictJson') parseJsonObject(options['text'] as string, options)
  return undefined
}

async function goThroughCache(
  target: Target,
  fixture: AttackFixture,
  { keeps, steps }: CacheCase,
): Promise<string | undefined> {
  const { jwt, sync } = target
  let time = fixture.now
  const keys = jwt.createKeySet([])
  const options = usual(jwt, fixture, { clock: () => time, cache: jwt.createTokenCache({ keeps }) })
  const verify = jwt.createVerifier({ ...options, keys } as never)
  let outcome = 'accepted'
  for (const step of steps) {
    time = step.at
    if (step.replaceKeys !== undefined) {
      keys.replace(await importNamed(target, fixture, step.replaceKeys))
    }
    if (step.verify === undefined) continue
    try {
      const claims = sync ? verify(step.verify) : await verify.async(step.verify)
      outcome = Object.isFrozen(claims) ? 'accepted' : 'not frozen'
    } catch (error) {
      outcome = codeOf(error)
    }
    if (step.expect !== undefined && step.expect !== outcome) {
      return `step at ${step.at}: ${outcome}`
    }
  }
  return outcome
}

async function askRemotely(
  { jwt }: Target,
  fixture: AttackFixture,
  { answers, steps, options = {} }: RemoteCase,
): Promise<string | undefined> {
  let time = fixture.now
  let requests = 0
  const keys = jwt.createRemoteKeys('https://auth.example.com/jwks.json', {
    clock: () => time,
    fetch: async () => {
      const {
        status = 200,
        headers = {},
        body = '',
        fails = false,
      } = answers[Math.min(requests++, answers.length - 1)]!
      if (fails) throw new TypeError('no route')
      return new Response(body, { status, headers })
    },
    ...options,
  })
  const verify = jwt.createVerifier({
    ...usual(jwt, fixture, { clock: () => time }),
    keys,
  } as never)
  let outcome = 'accepted'
  for (const step of steps) {
    time = step.at
    const settled = await Promise.allSettled(step.verify.map(async (token) => verify.async(token)))
    const codes = settled.map((one) =>
      one.status === 'fulfilled' ? 'accepted' : codeOf(one.reason),
    )
    outcome = [...new Set(codes)].join(' and ')
    // What goes on behind an answer is over once the pending turns of the loop are.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
    if (outcome !== step.expect) return `step at ${step.at}: ${outcome}`
    if (requests !== step.requests) return `step at ${step.at}: ${requests} requests`
  }
  return outcome
}

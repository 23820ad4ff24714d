import { isAlgorithm, type Algorithm } from './algorithms.ts'
import { KeyError, OptionError } from './errors.ts'
import { importPublicJwk } from './import-public-jwk.ts'
import type { Jwk } from './jwk.ts'
import type { Key } from './key.ts'
import { createKeySet, type KeyProvider } from './key-set.ts'
import { createRefreshSchedule } from './refresh-schedule.ts'
import { checkUrl, fetchDocument, type Fetch } from './remote-document.ts'
import { checkOptionNames } from './option-names.ts'
import { parseJsonObject } from './strict-json.ts'
import { systemClock } from './system-clock.ts'

export interface RemoteKeysOptions {
  /** The algorithm of keys that do not name theirs; without it such keys are left out. */
  readonly defaultAlg?: Algorithm | undefined
  /** Least time between fetches for unknown key names. 1 to 3,600; default 30. */
  readonly cooldownSeconds?: number | undefined
  /** Bounds on what `Cache-Control` may ask for. Defaults 60 and 86,400. */
  readonly minFreshSeconds?: number | undefined
  readonly maxFreshSeconds?: number | undefined
  /** How long keys serve on after that, while new ones are fetched or cannot be. Default 3,600. */
  readonly staleSeconds?: number | undefined
  /** Default 5,000. */
  readonly timeoutMilliseconds?: number | undefined
  /** Default 65,536. */
  readonly maxBytes?: number | undefined
  /** Default 64. */
  readonly maxKeys?: number | undefined
  /** Default: the runtime's. */
  readonly fetch?: Fetch | undefined
  /** Unix time in seconds. Default: the system's. */
  readonly clock?: (() => number) | undefined
}

/** Keys that live at a URL. */
export interface RemoteKeys extends KeyProvider {
  readonly keys: readonly Key[]
  /** Fetch now unless fresh, for instance at start. Errors ({@link TokenError}): `keys_unavailable`. */
  load(): Promise<void>
}

/** The range of each number, and what it is when not given. */
const numbers = {
  cooldownSeconds: [1, 3600, 30],
  minFreshSeconds: [1, 86_400, 60],
  maxFreshSeconds: [1, 604_800, 86_400],
  staleSeconds: [0, 604_800, 3600],
  timeoutMilliseconds: [1, 60_000, 5000],
  maxBytes: [64, 1_048_576, 65_536],
  maxKeys: [1, 1000, 64],
} as const

const optionNames = [...Object.keys(numbers), 'defaultAlg', 'fetch', 'clock']

/**
 * Keys from a JWK set at a URL, fetched when first needed and kept fresh: one fetch at a time,
 * `Cache-Control` within bounds, old keys served while new ones come, and waiting after failures and
 * unknown key names so that no stream of bad tokens becomes a stream of requests.
 * Only for `verify.async`. Keys that cannot be read, are secret or not for signatures are left out.
 *
 * Spec: RFC 7517 §5, RFC 8725 §3.10, RFC 9111 §4.
 * Errors: `option_invalid` ({@link OptionError}), also for a URL that is neither HTTPS nor loopback;
 * in verifiers `keys_unavailable` and `key_unknown` ({@link TokenError}).
 */
export function createRemoteKeys(url: string | URL, options: RemoteKeysOptions = {}): RemoteKeys {
  const address = checkUrl(url)
  checkOptionNames(options, optionNames, 'options')
  const limits = readNumbers(options)
  const clock = options.clock ?? systemClock
  const { defaultAlg } = options
  if (defaultAlg !== undefined && !isAlgorithm(defaultAlg)) {
    throw new OptionError('option_invalid', 'defaultAlg')
  }
  const fetch: Fetch = options.fetch ?? ((...request) => globalThis.fetch(...request))
  const set = createKeySet([])
  let text: string | undefined

  const read = async (): Promise<number | undefined> => {
    const { bytes, maxAgeSeconds } = await fetchDocument(fetch, address, limits)
    const latest = new TextDecoder().decode(bytes)
    // The same text again keeps the epoch, and with it what verifiers remember.
    if (latest !== text) set.replace(await readKeys(bytes, limits.maxKeys, defaultAlg))
    text = latest
    return maxAgeSeconds
  }

  const refresh = createRefreshSchedule(read, limits, clock)
  return Object.freeze({
    get keys() {
      return set.keys
    },
    get epoch() {
      return set.epoch
    },
    find: (alg: Algorithm, kid: string | undefined) => set.find(alg, kid),
    refresh: (kid?: string) =>
      refresh(kid !== undefined && !set.keys.some((key) => key.kid === kid)),
    load: async () => refresh(false),
  })
}

/** Read a JWK set. Errors when it is none; keys that are not for us are left out. */
async function readKeys(
  bytes: Uint8Array,
  maxKeys: number,
  defaultAlg: Algorithm | undefined,
): Promise<Key[]> {
  const { keys } = parseJsonObject(bytes)
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new KeyError('key_invalid', 'keys')
  const imported = await Promise.all(keys.map(async (jwk) => readKey(jwk, defaultAlg)))
  return imported.filter((key) => key !== undefined)
}

async function readKey(jwk: unknown, defaultAlg: Algorithm | undefined): Promise<Key | undefined> {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return undefined
  // Whatever is private in a published key is of no use here, and must not be kept.
  const {
    d: _d,
    p: _p,
    q: _q,
    dp: _dp,
    dq: _dq,
    qi: _qi,
    oth: _oth,
    priv: _priv,
    ...rest
  } = jwk as Jwk
  const alg = rest.alg ?? defaultAlg
  if (!isAlgorithm(alg) || rest.kty === 'oct') return undefined
  try {
    return await importPublicJwk.async({ alg, jwk: rest })
  } catch (error) {
    if (error instanceof KeyError) return undefined
    throw error
  }
}

function readNumbers(options: RemoteKeysOptions): Record<keyof typeof numbers, number> {
  const read = {} as Record<keyof typeof numbers, number>
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const [least, most, usual] = numbers[name]
    const value = options[name] ?? usual
    if (!Number.isFinite(value) || value < least || value > most) {
      throw new OptionError('option_invalid', name)
    }
    read[name] = value
  }
  if (read.minFreshSeconds > read.maxFreshSeconds) {
    throw new OptionError('option_invalid', 'minFreshSeconds')
  }
  return read
}

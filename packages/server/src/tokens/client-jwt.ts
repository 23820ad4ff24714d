import {
  createKeySet,
  createRemoteKeys,
  createVerifier,
  decodeUnverified,
  importPublicJwk,
  KeyError,
  thumbprint,
  TokenError,
  UNTYPED,
  type Algorithm,
  type Claims,
  type Key,
  type KeySet,
  type RemoteKeys,
} from '@mapae/jwt'

import {
  clientSignatureAlgorithms,
  type Client,
  type ClientSignatureAlgorithm,
  type PublicJwk,
} from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { Clock } from '../domain/time.ts'

const CLOCK_TOLERANCE_SECONDS = 10
/** Key sets that are kept; the one that was not used for longest is fetched anew. */
const MOST_REMOTE_KEYS = 200

export type ClientKeys = Pick<Client, 'id' | 'jwks' | 'jwksUri'>

export interface ExpectedClientJwt {
  readonly issuer: string
  /** Every audience of the JWT must be one of these: else it could have been made for others. */
  readonly audiences: readonly string[]
  /** The type that the standard gives it; most clients name none. */
  readonly typ: string
  /** The only one that the client registered for such JWTs; null: it registered none. */
  readonly algorithm: ClientSignatureAlgorithm | null
  readonly requiredClaims: readonly string[]
}

/** JWTs that clients sign: assertions and request objects. */
export interface ClientJwts {
  /**
   * The claims of a JWT that the client signed with one of its registered keys; null when it did
   * not, and when its keys cannot be fetched. Errors: `server_busy` when too many are fetched just
   * now. Spec: RFC 7523 section 3, RFC 8725.
   */
  verify(jwt: string, client: ClientKeys, expected: ExpectedClientJwt): Promise<Claims | null>
  /** Whether the client registered the key of that RFC 7638 thumbprint. Errors: as above. */
  hasKey(client: ClientKeys, keyThumbprint: string): Promise<boolean>
  /** The `sub` that an unverified JWT claims; null when it is none. For looking up, never to decide. */
  readUnverifiedSubject(jwt: string): string | null
}

/**
 * How a key set is fetched: an address that a client named, so never without care.
 * Errors: `server_busy`, which is passed on, and any others.
 */
export type FetchKeys = (url: string, request: RequestInit) => Promise<Response>

/** Keys that the client registered itself, and which of them a signature can mean. */
type OwnKeys = Pick<KeySet, 'keys' | 'epoch' | 'find'>

/** The registered keys of clients, those that live at an address fetched when they are needed. */
function createKeyLookup(fetchKeys: FetchKeys, clock: Clock) {
  const imported = new WeakMap<object, OwnKeys>()
  const remote = new Map<string, RemoteKeys>()
  const fetching = new Map<string, Promise<Response>>()

  /** Once for all algorithms whose keys are read at that address at the same time. */
  const fetchOnce: FetchKeys = async (url, request) => {
    const running = fetching.get(url) ?? fetchKeys(url, request).finally(() => fetching.delete(url))
    fetching.set(url, running)
    return (await running).clone()
  }

  function registeredKeys(jwks: { readonly keys: readonly PublicJwk[] }): OwnKeys {
    const known = imported.get(jwks)
    if (known !== undefined) return known
    const keys = jwks.keys.flatMap((jwk) => importForAll(jwk))
    const own: OwnKeys = { ...createKeySet(ofOneMeaning(keys)), keys }
    imported.set(jwks, own)
    return own
  }

  /** One provider for an algorithm: keys that do not name theirs are taken for this one. */
  function remoteKeys(uri: string, alg: Algorithm): RemoteKeys {
    const name = `${alg} ${uri}`
    const keys = remote.get(name) ?? createTellingKeys(uri, alg, fetchOnce, clock)
    remote.delete(name)
    remote.set(name, keys)
    if (remote.size > MOST_REMOTE_KEYS) remote.delete(remote.keys().next().value!)
    return keys
  }

  return ({ jwks, jwksUri }: ClientKeys, alg: Algorithm): OwnKeys | RemoteKeys => {
    if (jwks !== null) return registeredKeys(jwks)
    if (jwksUri !== null) return remoteKeys(jwksUri, alg)
    throw new TokenError('key_unknown')
  }
}

/** Remote keys that tell when they cannot be had only since nothing more was to be fetched. */
function createTellingKeys(
  uri: string,
  alg: Algorithm,
  fetchKeys: FetchKeys,
  clock: Clock,
): RemoteKeys {
  let refusal: MapaeError | null = null
  const keys = createRemoteKeys(uri, {
    defaultAlg: alg,
    clock: () => clock.seconds(),
    async fetch(url, request) {
      refusal = null
      try {
        return await fetchKeys(url, request)
      } catch (error) {
        if (error instanceof MapaeError) refusal = error
        throw error
      }
    },
  })
  const told = async (read: Promise<void>) =>
    read.catch((error: unknown) => {
      throw refusal ?? error
    })
  return {
    get keys() {
      return keys.keys
    },
    get epoch() {
      return keys.epoch
    },
    find: (...wanted) => keys.find(...wanted),
    refresh(kid) {
      const read = keys.refresh?.(kid)
      return read === undefined ? undefined : told(read)
    },
    load: () => told(keys.load()),
  }
}

/** Key sets, and the calls for them, are kept apart for each way to fetch that there is. */
export function createClientJwts(
  fetchKeysOf: (clientId: string) => FetchKeys,
  clock: Clock,
): ClientJwts {
  const lookups = new Map<FetchKeys, ReturnType<typeof createKeyLookup>>()
  function keysOf(client: ClientKeys, alg: Algorithm): OwnKeys | RemoteKeys {
    const fetchKeys = fetchKeysOf(client.id)
    const lookup = lookups.get(fetchKeys) ?? createKeyLookup(fetchKeys, clock)
    lookups.set(fetchKeys, lookup)
    return lookup(client, alg)
  }

  async function verified(
    jwt: string,
    client: ClientKeys,
    { issuer, audiences, typ, algorithm, requiredClaims }: ExpectedClientJwt,
  ): Promise<Claims> {
    const { header } = decodeUnverified(jwt)
    const alg = clientSignatureAlgorithms.find((one) => one === header.alg)
    const isRegistered = algorithm === null || alg === algorithm
    if (alg === undefined || !isRegistered) throw new TokenError('alg_unsupported', 'alg')
    const isTyped = header.typ?.toLowerCase().replace('application/', '') === typ
    const verify = createVerifier({
      keys: keysOf(client, alg),
      issuer,
      audience: audiences,
      typ: isTyped ? typ : UNTYPED,
      requiredClaims,
      clockToleranceSeconds: CLOCK_TOLERANCE_SECONDS,
      clock: () => clock.seconds(),
    })
    const claims = await verify.async(jwt)
    const isForUsAlone = [claims.aud ?? []].flat().every((one) => audiences.includes(one))
    if (!isForUsAlone) throw new TokenError('audience_mismatch', 'aud')
    return claims
  }

  return {
    verify: (...input) => verified(...input).catch(nullWhenRefused),
    async hasKey(client, keyThumbprint) {
      if (client.jwks === null && client.jwksUri === null) return false
      const providers = [...new Set(clientSignatureAlgorithms.map((alg) => keysOf(client, alg)))]
      // All at once, so that they are fetched once. Unread keys are no keys; whatever else is wrong
      // is told.
      const loading = providers.map((one) => ('load' in one ? one.load() : Promise.resolve()))
      await Promise.all(loading.map((one) => one.catch(nullWhenRefused)))
      return providers.some(({ keys }) => keys.some((key) => thumbprint(key) === keyThumbprint))
    },
    readUnverifiedSubject(jwt) {
      try {
        const { sub } = decodeUnverified(jwt).claims
        return typeof sub === 'string' ? sub : null
      } catch (error) {
        return nullWhenRefused(error)
      }
    },
  }
}

function nullWhenRefused(error: unknown): null {
  if (error instanceof TokenError) return null
  throw error
}

/** The key for each algorithm that it can be for; those that it names or fits. */
function importForAll(jwk: PublicJwk): Key[] {
  return clientSignatureAlgorithms.flatMap((alg) => {
    try {
      return [importPublicJwk({ alg, jwk })]
    } catch (error) {
      if (error instanceof KeyError) return []
      throw error
    }
  })
}

/** Of two keys with one name nobody can say which a signature means, so that neither is. */
function ofOneMeaning(keys: readonly Key[]): readonly Key[] {
  const named = Map.groupBy(keys, ({ alg, kid }) => JSON.stringify([alg, kid]))
  return [...named.values()].filter(({ length }) => length === 1).flat()
}

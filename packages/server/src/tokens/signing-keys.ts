import { exportJwk, generateKey, importKey, publicKeyOf, type Jwk, type Key } from '@mapae/jwt'

import type { Random } from '../domain/ids.ts'
import type { KeyPurpose, KeyStore, StoredKey } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { Sealing } from './sealing.ts'

/** Short, since every token carries it: 48 random bits. */
const KID_BYTES = 6

const algorithms = { access_token: 'ES256', refresh_token: 'HS256' } as const

/** The keys of this issuer; the newest of each purpose signs, all of them verify. */
export interface SigningKeys {
  readonly accessToken: readonly [Key, ...Key[]]
  /** What `/.well-known/jwks.json` answers. Spec: RFC 7517 section 5. */
  readonly publicJwks: { readonly keys: readonly Jwk[] }
  readonly refreshToken: readonly [Key, ...Key[]]
}

/** Reads the keys, making the first of each purpose when the database is new. */
export async function loadSigningKeys(
  keys: KeyStore,
  sealing: Sealing,
  clock: Clock,
  random: Random,
): Promise<SigningKeys> {
  let stored = await keys.list()
  for (const purpose of ['access_token', 'refresh_token'] as const) {
    if (stored.some((key) => key.purpose === purpose)) continue
    await keys.insertFirst(makeKey(purpose, sealing, clock, random))
    stored = await keys.list()
  }
  const accessToken = ofPurpose(stored, 'access_token', sealing)
  return {
    accessToken,
    publicJwks: { keys: accessToken.map((key) => exportJwk(publicKeyOf(key))) },
    refreshToken: ofPurpose(stored, 'refresh_token', sealing),
  }
}

function makeKey(purpose: KeyPurpose, sealing: Sealing, clock: Clock, random: Random): StoredKey {
  const algorithm = algorithms[purpose]
  const kid = Buffer.from(random(KID_BYTES)).toString('base64url')
  const jwk = JSON.stringify(exportJwk(generateKey(algorithm, { kid }), { private: true }))
  const sealedJwk = sealing.seal(jwk, sealContext(purpose, kid))
  return { kid, purpose, algorithm, sealedJwk, createdAt: clock.seconds() }
}

function ofPurpose(stored: StoredKey[], purpose: KeyPurpose, sealing: Sealing): [Key, ...Key[]] {
  const [first, ...rest] = stored
    .filter((key) => key.purpose === purpose)
    .toReversed()
    .map(({ kid, sealedJwk }) => {
      const jwk = JSON.parse(sealing.open(sealedJwk, sealContext(purpose, kid))) as Jwk
      return importKey({ alg: algorithms[purpose], kid, jwk })
    })
  return [first!, ...rest]
}

function sealContext(purpose: KeyPurpose, kid: string): string {
  return `signing key ${purpose} ${kid}`
}

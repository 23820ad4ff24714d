import { generateKeyPair as generateKeyPairOfNode } from 'node:crypto'
import { promisify } from 'node:util'

import {
  exportJwk,
  generateKey,
  importKey,
  KeyError,
  type Algorithm,
  type Jwk,
  type Key,
} from '@mapae/jwt'

import { ConfigurationError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'
import type { KeyPurpose, StoredKey } from '../domain/signing-key.ts'
import type { Sealing } from './sealing.ts'

/** Short, since every token carries it: 47 random bits. */
const KID_BYTES = 6

const algorithms: Readonly<Record<KeyPurpose, Algorithm>> = {
  access_token: 'ES256',
  refresh_token: 'HS256',
  id_token: 'RS256',
  id_token_es256: 'ES256',
  id_token_eddsa: 'EdDSA',
  access_token_rs256: 'RS256',
  access_token_eddsa: 'EdDSA',
}

const RSA_BITS = 2048
const generateKeyPair = promisify(generateKeyPairOfNode)

export type NewKey = Pick<StoredKey, 'kid' | 'purpose' | 'algorithm'> & {
  readonly sealedJwk: string
}

/** Makes a key for the purpose and seals it. */
export async function makeKey(
  purpose: KeyPurpose,
  sealing: Sealing,
  random: Random,
): Promise<NewKey> {
  const algorithm = algorithms[purpose]
  const bytes = Buffer.from(random(KID_BYTES))
  // Begins with a letter: a dash would be an option where the key is named on the command line.
  bytes[0] = bytes[0]! & 0x7f
  const kid = bytes.toString('base64url')
  const jwk = JSON.stringify(await generateJwk(algorithm, kid))
  return { kid, purpose, algorithm, sealedJwk: sealing.seal(jwk, sealContext({ purpose, kid })) }
}

/** RSA keys take a good part of a second: not on the thread that answers requests. */
async function generateJwk(alg: Algorithm, kid: string): Promise<Jwk> {
  if (alg !== 'RS256') return exportJwk(generateKey(alg, { kid }), { private: true })
  const { privateKey } = await generateKeyPair('rsa', { modulusLength: RSA_BITS })
  return { ...(privateKey.export({ format: 'jwk' }) as Jwk), alg, kid }
}

/** Throws `ConfigurationError` when no master key fits or the row was changed. */
export function openKey(key: NewKey, sealing: Sealing): Key {
  const { kid, algorithm, sealedJwk } = key
  const jwk = JSON.parse(sealing.open(sealedJwk, sealContext(key))) as Jwk
  try {
    // The algorithm is in the sealed text too, and the two must agree.
    return importKey({ alg: algorithm as Algorithm, kid, jwk })
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    const message = `The stored ${sealContext(key)} is damaged: restore a backup.`
    throw new ConfigurationError(message, error)
  }
}

/** The same key under the present master key. Throws as `openKey` does. */
export function resealKey(key: NewKey, sealing: Sealing): string {
  const context = sealContext(key)
  return sealing.seal(sealing.open(key.sealedJwk, context), context)
}

/** Binds the sealed text to its row: put into another one it does not open. */
function sealContext({ purpose, kid }: Pick<StoredKey, 'purpose' | 'kid'>): string {
  return `signing key ${purpose} ${kid}`
}

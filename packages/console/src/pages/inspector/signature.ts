import {
  algorithms,
  createVerifier,
  importPublicJwk,
  isAlgorithm,
  KeyError,
  NO_AUDIENCE,
  TokenError,
  type Jwk,
  type Key,
} from '@mapae/jwt'

import { textOf, type DecodedToken } from '../jwt-text.ts'

/** What is known of who signed a token. */
export type SignatureFinding =
  /** With a key that this server publishes. */
  | { readonly kind: 'signed_here'; readonly kid: string | undefined }
  /** This server's key says that it did not sign this. */
  | { readonly kind: 'forged'; readonly code: string }
  /** Nobody signed it. */
  | { readonly kind: 'unsigned' }
  /** Only who holds the secret can tell. */
  | { readonly kind: 'secret_key'; readonly alg: string }
  | { readonly kind: 'key_unknown'; readonly kid: string | undefined }
  | { readonly kind: 'alg_unknown'; readonly alg: string }
  | { readonly kind: 'encrypted' }
  /** No verifier reads it that far. */
  | { readonly kind: 'unreadable'; readonly code: string }
  | { readonly kind: 'no_keys' }

/** The keys that this server publishes; those that cannot be read are left out. */
export async function loadKeys(): Promise<readonly Key[]> {
  const answer = await fetch('/.well-known/jwks.json', { credentials: 'omit' })
  const { keys } = (await answer.json()) as { keys: Jwk[] }
  const imported = await Promise.all(
    keys.map(async (jwk) => {
      if (!isAlgorithm(jwk['alg'])) return null
      return importPublicJwk.async({ alg: jwk['alg'], jwk }).catch((error: unknown) => {
        if (error instanceof KeyError) return null
        throw error
      })
    }),
  )
  return imported.filter((key) => key !== null)
}

/**
 * Asks who signed it and nothing else: issuer, audience and time are taken from the token, they are
 * judged elsewhere.
 */
export async function checkSignature(
  { text, parts, header, claims, isStrict }: DecodedToken,
  keys: readonly Key[] | null,
): Promise<SignatureFinding> {
  if (header === null) return { kind: 'unreadable', code: 'token_malformed' }
  if (parts.length === 5) return { kind: 'encrypted' }
  const alg = textOf(header['alg'])
  const kid = typeof header['kid'] === 'string' ? header['kid'] : undefined
  if (alg.toLowerCase() === 'none') return { kind: 'unsigned' }
  if (!isAlgorithm(alg)) return { kind: 'alg_unknown', alg }
  if (algorithms[alg].kty === 'oct') return { kind: 'secret_key', alg }
  if (!isStrict || claims === null) return { kind: 'unreadable', code: 'token_malformed' }
  if (keys === null) return { kind: 'no_keys' }
  if (!keys.some((key) => key.alg === alg && (kid === undefined || key.kid === kid))) {
    return { kind: 'key_unknown', kid }
  }
  try {
    await createVerifier({
      keys,
      typ: typeof header['typ'] === 'string' ? header['typ'] : 'JWT',
      issuer: textOf(claims['iss'] ?? '-'),
      audience: audienceOf(claims['aud']),
      clock: () => Number(claims['exp']) - 1,
    }).async(text)
    return { kind: 'signed_here', kid }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const isForged = error.code === 'signature_invalid' || error.code === 'signature_length'
    return isForged
      ? { kind: 'forged', code: error.code }
      : {
          kind: 'unreadable',
          code: error.member === undefined ? error.code : `${error.code}: ${error.member}`,
        }
  }
}

function audienceOf(aud: unknown): string | string[] | typeof NO_AUDIENCE {
  if (typeof aud === 'string' && aud !== '') return aud
  if (Array.isArray(aud) && aud.length > 0) return aud.map(String)
  return NO_AUDIENCE
}

import { OptionError } from '@mapae/jwt'

import type { Fetch } from '../surroundings.ts'
import { fetchJson } from './remote-json.ts'

/** What an issuer says about itself, as far as it is of use here. Spec: RFC 8414 §2. */
export interface IssuerMetadata {
  readonly jwksUri: string
  readonly revocationsEndpoint: string | undefined
  readonly introspectionEndpoint: string | undefined
  readonly tokenEndpoint: string | undefined
}

/** The issuer could not be discovered; the message names what is wrong and is for logs. */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError'
}

/** Of what an issuer calls itself, in messages. */
const longestName = 200
const limits = { timeoutMilliseconds: 5000, maxBytes: 65_536 }

/**
 * Read the metadata of an issuer: as an OAuth server, and where it is none, as an OpenID provider.
 * The document has to name exactly this issuer. No redirect is followed.
 *
 * Spec: RFC 8414 §3, OpenID Connect Discovery §4.
 * Errors: {@link DiscoveryError}; its cause is what `fetch` or the JSON parser threw.
 */
export async function discover(issuer: string, fetch: Fetch): Promise<IssuerMetadata> {
  for (const url of metadataUrls(issuer)) {
    const { document } = await fetchJson(fetch, { url, ...limits }).catch((cause: unknown) => {
      throw new DiscoveryError(`${url} cannot be read`, { cause })
    })
    if (document === undefined) continue
    if (document['issuer'] !== issuer) {
      const named = JSON.stringify(document['issuer'])?.slice(0, longestName)
      throw new DiscoveryError(
        `${url} names its issuer ${named}: the option issuer must be exactly that`,
      )
    }
    const endpoint = (name: string): string | undefined => {
      const value = document[name]
      if (value === undefined) return undefined
      if (typeof value !== 'string' || !isTrustworthyUrl(value)) {
        throw new DiscoveryError(`${name} must be an HTTPS URL`)
      }
      return value
    }
    const jwksUri = endpoint('jwks_uri')
    if (jwksUri === undefined) throw new DiscoveryError('the metadata names no jwks_uri')
    return {
      jwksUri,
      revocationsEndpoint: endpoint('revocations_endpoint'),
      introspectionEndpoint: endpoint('introspection_endpoint'),
      tokenEndpoint: endpoint('token_endpoint'),
    }
  }
  throw new DiscoveryError(`${issuer} publishes no metadata`)
}

/** Where the metadata may be. Spec: RFC 8414 §3.1; OpenID Connect Discovery §4.1. */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** Check the issuer that a program was given. Errors ({@link OptionError}). */
export function checkIssuer(issuer: unknown): string {
  if (issuer === undefined) throw new OptionError('option_required', 'issuer')
  if (typeof issuer !== 'string' || !isTrustworthyUrl(issuer) || /[?#]/.test(issuer)) {
    throw invalidIssuer(issuer)
  }
  return issuer
}

/** Most often it is the http address of a machine for tests: the message says what would do. */
function invalidIssuer(issuer: unknown): OptionError {
  const error = new OptionError('option_invalid', 'issuer')
  const isPlain = typeof issuer === 'string' && /^http:/i.test(issuer)
  error.message = isPlain
    ? 'issuer must be https: http is for localhost, 127.0.0.1 and [::1] only'
    : 'issuer must be an https URL without user, query and fragment'
  // What is printed of an error is its stack, which begins with the message.
  Error.captureStackTrace?.(error, checkIssuer)
  return error
}

/** Over TLS, or from this machine; with no name and password in it. */
function isTrustworthyUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback)
  return isSafe && username === '' && password === ''
}

import { OptionError } from '@mapae/jwt'

import type { RefusalAnswer } from './refusal.ts'

/** What clients that do not know your API read of it. Spec: RFC 9728 section 2. */
export interface ResourceMetadataOptions {
  /** For people. */
  readonly name?: string | undefined
  /** Scopes that your API asks for. */
  readonly scopes?: readonly string[] | undefined
  /** A page for developers. */
  readonly documentation?: string | undefined
}

/** The document of an API, and where clients look for it. */
export interface ResourceMetadata {
  readonly url: string
  readonly path: string
  readonly answer: RefusalAnswer
}

interface ResourceFacts {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly dpopAlgorithms: readonly string[]
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
/** Spec: RFC 6749 §3.3, `scope-token`. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Make the document of an API. Its name there is its audience, the first that is a URL: what clients
 * ask a token for is then what the API accepts. Spec: RFC 9728 sections 2 and 3.
 * Errors ({@link OptionError}): `option_invalid`, `option_unknown`.
 */
export function createResourceMetadata(
  options: ResourceMetadataOptions,
  { issuer, audience, dpopAlgorithms }: ResourceFacts,
): ResourceMetadata {
  const { name, scopes, documentation } = checkMetadataOptions(options)
  const resource = [audience].flat().find((one) => /^https?:\/\/[^?#\s]+$/.test(one))
  const url = resource === undefined ? null : URL.parse(resource)
  if (url === null) throw new OptionError('option_invalid', 'resourceMetadata')
  const path = WELL_KNOWN + (url.pathname === '/' ? '' : url.pathname)
  const document = {
    resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: scopes,
    dpop_signing_alg_values_supported: dpopAlgorithms.length === 0 ? undefined : dpopAlgorithms,
    resource_name: name,
    resource_documentation: documentation,
  }
  return {
    url: url.origin + path,
    path,
    answer: {
      status: 200,
      headers: {
        'Content-Type': 'application/json',
        'Cache-Control': 'public, max-age=300',
        // Clients that are web pages look for it too.
        'Access-Control-Allow-Origin': '*',
      },
      body: JSON.stringify(document),
    },
  }
}

function checkMetadataOptions(options: ResourceMetadataOptions): ResourceMetadataOptions {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('option_invalid', 'resourceMetadata')
  }
  for (const option of Object.keys(options)) {
    if (!['name', 'scopes', 'documentation'].includes(option)) {
      throw new OptionError('option_unknown', `resourceMetadata.${option}`)
    }
  }
  const { name, scopes, documentation } = options
  const isName = name === undefined || (typeof name === 'string' && name !== '')
  if (!isName) throw new OptionError('option_invalid', 'resourceMetadata.name')
  const isList = scopes === undefined || Array.isArray(scopes)
  if (!isList || scopes?.some((scope) => typeof scope !== 'string' || !SCOPE.test(scope))) {
    throw new OptionError('option_invalid', 'resourceMetadata.scopes')
  }
  const isPage = documentation === undefined || /^https?:\/\//.test(documentation)
  if (!isPage) throw new OptionError('option_invalid', 'resourceMetadata.documentation')
  return options
}

import { readFileSync } from 'node:fs'

import { Option, type Command } from 'commander'

import {
  clientAlgorithms,
  clientAuthenticationMethods,
  clientSignatureAlgorithms,
  type ClientSettings,
  type GrantType,
  type OpenScope,
  type PublicJwk,
} from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import { words } from '../oauth/parameters.ts'
import { CommandFailure } from './failure.ts'

/** Short names for the grants whose names are URIs. */
const GRANTS: Readonly<Record<string, GrantType>> = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  client_credentials: 'client_credentials',
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  jwt_bearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
}

interface ClientOption {
  readonly option: Option
  readonly setting: keyof ClientSettings
  /** What the option's value says of the client. */
  readonly settings: (value: never, all: Values) => Partial<ClientSettings>
}

type Values = Readonly<Record<string, unknown>>

/** Every option that says something of a client; `create` and `update` have them all. */
const clientOptions: readonly ClientOption[] = [
  text('--name <text>', 'what people read', 'name'),
  list('--redirect <uris...>', 'where the browser returns to', 'redirectUris'),
  list('--post-logout-redirect <uris...>', 'and after signing out', 'postLogoutRedirectUris'),
  list('--web-origin <origins...>', 'pages that may call with cookies', 'webOrigins'),
  choice(
    '--auth <method>',
    'how it proves who it is',
    clientAuthenticationMethods,
    'authenticationMethod',
  ),
  {
    option: new Option('--grant <grants...>', 'what it may do').choices(Object.keys(GRANTS)),
    setting: 'grants',
    settings: (names: string[]) => ({ grants: names.map((name) => GRANTS[name]!) }),
  },
  {
    option: new Option('--scope <scopes...>', 'what it may ask for'),
    setting: 'scopes',
    settings: (scopes: string[]) => ({ scopes: scopes.flatMap(words) }),
  },
  list('--audience <uris...>', 'what its access tokens may be for', 'audiences'),
  yesOrNo(
    '--trusted',
    'your own: asks for no consent, unless another program could stand in',
    'isTrusted',
  ),
  choice('--transport <way>', 'of refresh tokens', ['body', 'cookie'], 'transport'),
  seconds('--access-token-seconds <n>', 'life of access tokens', 'accessTokenSeconds'),
  seconds('--refresh-idle-seconds <n>', 'a session ends unused', 'refreshIdleSeconds'),
  seconds('--refresh-absolute-seconds <n>', 'a session ends anyway', 'refreshAbsoluteSeconds'),
  choice('--id-token-algorithm <alg>', 'of ID tokens', clientAlgorithms, 'idTokenAlgorithm'),
  algorithm(
    '--userinfo-algorithm <alg>',
    'of user info, which is signed then',
    clientAlgorithms,
    'userinfoAlgorithm',
  ),
  choice(
    '--access-token-algorithm <alg>',
    'of access tokens',
    clientAlgorithms,
    'accessTokenAlgorithm',
  ),
  {
    option: new Option('--pairwise [sector]', 'learns users under names of its own'),
    setting: 'sectorIdentifier',
    settings: (sector: string | true) => ({
      subjectType: 'pairwise',
      sectorIdentifier: sector === true ? null : sector,
    }),
  },
  yesOrNo('--may-omit-pkce', 'it knows no PKCE and sends a nonce', 'mayOmitPkce'),
  yesOrNo(
    '--accept-injectable-codes',
    'neither does it send a nonce: for tests',
    'acceptsInjectableCodes',
  ),
  yesOrNo('--require-dpop', 'access tokens are bound to a key', 'requiresDpop'),
  yesOrNo('--require-par', 'requests are pushed first', 'requiresPushedRequests'),
  yesOrNo('--require-signed-requests', 'requests are signed', 'requiresSignedRequests'),
  {
    option: new Option('--jwks-file <path>', 'its public keys (a JWK Set)'),
    setting: 'jwks',
    settings: (path: string) => ({
      jwks: readJson(path) as { keys: PublicJwk[] },
      jwksUri: null,
    }),
  },
  text('--jwks-uri <uri>', 'where its public keys are', 'jwksUri'),
  algorithm(
    '--assertion-algorithm <alg>',
    'the only one of its assertions',
    clientSignatureAlgorithms,
    'assertionAlgorithm',
  ),
  yesOrNo(
    '--require-issuer-audience',
    'its assertions name the issuer and nothing else',
    'requiresIssuerAudience',
  ),
  algorithm(
    '--request-object-algorithm <alg>',
    'the only one of its signed requests',
    clientSignatureAlgorithms,
    'requestObjectAlgorithm',
  ),
  text('--tls-subject <dn>', 'subject of its certificate', 'tlsSubject'),
  text('--backchannel-logout <uri>', 'is told of sign-outs', 'backchannelLogoutUri'),
  text('--frontchannel-logout <uri>', 'is loaded at sign-outs', 'frontchannelLogoutUri'),
  text('--logo <uri>', 'picture for the consent page', 'logoUri'),
  text('--homepage <uri>', 'its home page', 'homepageUri'),
  text('--policy <uri>', 'what it does with data', 'policyUri'),
  text('--terms <uri>', 'its terms of service', 'termsUri'),
  {
    option: new Option('--resource <uri>', 'it is the resource server of this audience'),
    setting: 'resource',
    settings: (audience: string, all: Values) => ({
      resource: {
        audience,
        accessTokenAlgorithm: (all['accessTokenAlgorithm'] as 'RS256' | undefined) ?? null,
        encryptionJwk:
          typeof all['encryptionKey'] === 'string'
            ? (readJson(all['encryptionKey']) as PublicJwk)
            : null,
      },
    }),
  },
  {
    option: new Option(
      '--open-scope <scopes...>',
      'with --resource: what clients that you do not know may ask users for, SCOPE="in words"; "" for nothing',
    ),
    setting: 'openScopes',
    settings: (scopes: string[]) => ({
      openScopes: scopes.filter((scope) => scope !== '').map(openScopeOf),
    }),
  },
]

/** What the help says above an option and those after it: nobody reads forty in a row. */
const HEADINGS: Readonly<Record<string, string>> = {
  '--name': 'What it is and may do:',
  '--access-token-seconds': 'Its tokens and sessions:',
  '--may-omit-pkce': 'What it may omit or must do:',
  '--jwks-file': 'What it proves itself by:',
  '--backchannel-logout': 'When its users sign out:',
  '--logo': 'What people see of it:',
  '--resource': 'When it is an API:',
}

export function addClientOptions(command: Command): Command {
  for (const { option } of clientOptions) {
    const heading = HEADINGS[option.long ?? '']
    if (heading !== undefined) command.optionsGroup(heading)
    command.addOption(option)
  }
  command.option(
    '--encryption-key <path>',
    'with --resource: its access tokens are encrypted to this public key (JWK)',
  )
  return command.optionsGroup('Options:')
}

/** What the given options say; those that were not given say nothing. */
export function settingsFrom(values: Values): Partial<ClientSettings> {
  if (values['encryptionKey'] !== undefined && values['resource'] === undefined) {
    throw new CommandFailure('usage', '--encryption-key needs --resource.')
  }
  return Object.assign(
    {},
    ...clientOptions.map(({ option, settings }) => {
      const value = values[option.attributeName()]
      return value === undefined ? {} : settings(value as never, values)
    }),
  ) as Partial<ClientSettings>
}

/** Throws it again; a refusal in the words of the command line, where it is about an option. */
export function refuseInOptions(error: unknown): never {
  if (!(error instanceof MapaeError) || error.code !== 'client_refused') throw error
  const { setting, problem } = error.details.members ?? {}
  const refused = clientOptions.find((one) => one.setting === setting)
  if (refused === undefined) throw error
  throw new CommandFailure('usage', `${refused.option.long} ${String(problem)}.`)
}

/** Words for people may follow an equals sign. */
function openScopeOf(value: string): OpenScope {
  const [scope = '', ...rest] = value.split('=')
  return { scope, text: rest.length === 0 ? null : rest.join('=') }
}

function text(flags: string, description: string, name: keyof ClientSettings): ClientOption {
  return {
    option: new Option(flags, description),
    setting: name,
    settings: (value) => ({ [name]: value }),
  }
}

function list(flags: string, description: string, name: keyof ClientSettings): ClientOption {
  return text(flags, description, name)
}

function yesOrNo(flags: string, description: string, name: keyof ClientSettings): ClientOption {
  const option = new Option(`${flags} [yes|no]`, description).choices(['yes', 'no']).preset('yes')
  return { option, setting: name, settings: (value) => ({ [name]: value === 'yes' }) }
}

function choice(
  flags: string,
  description: string,
  choices: readonly string[],
  name: keyof ClientSettings,
): ClientOption {
  const option = new Option(flags, description).choices(choices)
  return { option, setting: name, settings: (value) => ({ [name]: value }) }
}

/** `default` goes back to what holds without being said. */
function algorithm(
  flags: string,
  description: string,
  algorithms: readonly string[],
  name: keyof ClientSettings,
): ClientOption {
  const option = new Option(flags, description).choices([...algorithms, 'default'])
  const settings = (value: string) => ({ [name]: value === 'default' ? null : value })
  return { option, setting: name, settings }
}

function seconds(flags: string, description: string, name: keyof ClientSettings): ClientOption {
  return {
    option: new Option(flags, `${description} (seconds; never longer than the server's)`),
    setting: name,
    settings: (value: string) => {
      if (/^\d{1,9}$/.test(value) && Number(value) > 0) return { [name]: Number(value) }
      throw new CommandFailure('usage', `${flags.split(' ', 1)[0]} must be a number of seconds.`)
    },
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { message } = error as Error
    throw new CommandFailure('usage', `${path} cannot be read as JSON: ${message}`)
  }
}

import { ConfigurationError } from './domain/errors.ts'
import { MASTER_KEY_BYTES } from './tokens/sealing.ts'

const MOST_NAME_CHARACTERS = 200

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Every setting: its variable, what it means and how its text is read. The documentation's table
 * is made from this one.
 */
export const settingTable = {
  port: {
    variable: 'MAPAE_PORT',
    meaning: 'Port. Set and busy is an error; unset and busy takes the next free one and says so.',
    fallback: '4400',
    parse: wholeNumber(1, 65_535),
  },
  host: {
    variable: 'MAPAE_HOST',
    meaning: 'Address to listen on. `mapae dev` listens on the loopback interface only.',
    fallback: '127.0.0.1',
    parse: text,
  },
  dataDirectory: {
    variable: 'MAPAE_DATA_DIR',
    meaning: 'Where the embedded database and keys live; deleting it resets everything.',
    fallback: './.mapae',
    parse: text,
  },
  databaseUrl: {
    variable: 'MAPAE_DATABASE_URL',
    meaning:
      '`sqlite:PATH` or `postgres://…`. Without it: `mapae.db` in the data folder. `?pgbouncer=true` is for a pooler in transaction mode.',
    fallback: '',
    parse: databaseUrl,
  },
  migrate: {
    variable: 'MAPAE_MIGRATE',
    meaning:
      '`auto`: a node brings the schema up to date when it starts. `manual`: only `mapae migrate` does, and a node refuses to start when the schema is too old.',
    fallback: 'auto',
    parse: oneOf('auto', 'manual'),
  },
  issuer: {
    variable: 'MAPAE_ISSUER',
    meaning: 'The issuer URL in every token. Without it: `http://localhost:PORT`.',
    fallback: '',
    parse: issuer,
  },
  audience: {
    variable: 'MAPAE_AUDIENCE',
    meaning:
      'The resource server that first-party access tokens are for, and those of applications for which nobody said another. Without it: the issuer.',
    fallback: '',
    parse: nameInTokens,
  },
  masterKey: {
    variable: 'MAPAE_MASTER_KEY',
    meaning:
      'Encrypts keys at rest: 32 random bytes in base64url. `mapae dev` makes one beside the data; `mapae start` requires it.',
    fallback: '',
    parse: masterKey,
  },
  previousMasterKey: {
    variable: 'MAPAE_MASTER_KEY_PREVIOUS',
    meaning:
      'The master key before the present one: still opens what it encrypted. Needed until `mapae key reseal` has run.',
    fallback: '',
    parse: masterKey,
  },
  keyRotationDays: {
    variable: 'MAPAE_KEY_ROTATION_DAYS',
    meaning: 'How long a signing key signs before the next one does. 0: until `mapae key rotate`.',
    fallback: '90',
    parse: wholeNumber(0, 3650),
  },
  accessTokenSeconds: {
    variable: 'MAPAE_ACCESS_TOKEN_SECONDS',
    meaning: 'Life of an access token.',
    fallback: '600',
    parse: wholeNumber(10, 86_400),
  },
  refreshIdleSeconds: {
    variable: 'MAPAE_REFRESH_IDLE_SECONDS',
    meaning: 'A session not refreshed for this long is over (30 days).',
    fallback: '2592000',
    parse: wholeNumber(60, 315_360_000),
  },
  refreshAbsoluteSeconds: {
    variable: 'MAPAE_REFRESH_ABSOLUTE_SECONDS',
    meaning: 'No session lives longer than this (180 days).',
    fallback: '15552000',
    parse: wholeNumber(60, 315_360_000),
  },
  refreshGraceSeconds: {
    variable: 'MAPAE_REFRESH_GRACE_SECONDS',
    meaning: 'How long an exchanged refresh token may come again as a race. 0: never.',
    fallback: '10',
    parse: wholeNumber(0, 300),
  },
  drainSeconds: {
    variable: 'MAPAE_DRAIN_SECONDS',
    meaning:
      'After SIGTERM `/readyz` answers 503 and requests are still served for so long, so that load balancers turn away first.',
    fallback: '3',
    parse: wholeNumber(0, 300),
  },
  demoPassword: {
    variable: 'MAPAE_DEMO_PASSWORD',
    meaning: 'Password of the user `demo` in `mapae dev`. Without it: random, printed once.',
    fallback: '',
    parse: text,
  },
  revocationFeed: {
    variable: 'MAPAE_REVOCATION_FEED',
    meaning:
      'Who may read `/v1/revocations`. `public`: everybody. `private`: whoever has an access token with the scope `revocations`. Without it: public in `mapae dev`, private in `mapae start`.',
    fallback: '',
    parse: oneOf('public', 'private'),
  },
  signup: {
    variable: 'MAPAE_SIGNUP',
    meaning: '`open` or `closed`. Without it: open in `mapae dev`, closed in `mapae start`.',
    fallback: '',
    parse: oneOf('open', 'closed'),
  },
  clientRegistration: {
    variable: 'MAPAE_CLIENT_REGISTRATION',
    meaning:
      '`open`: applications may register themselves (RFC 7591); their users are always asked. `closed`: only operators make them known.',
    fallback: 'closed',
    parse: oneOf('open', 'closed'),
  },
  clientMetadataDocuments: {
    variable: 'MAPAE_CLIENT_METADATA_DOCUMENTS',
    meaning:
      '`on`: applications that nobody registered, such as agents, may use the https address of a document about them as `client_id`; their users are always asked. `off`: only registered ones.',
    fallback: 'off',
    parse: oneOf('on', 'off'),
  },
  hashConcurrency: {
    variable: 'MAPAE_HASH_CONCURRENCY',
    meaning:
      'Password hashes computed at the same time. Without it: one less than there are cores, at least 1 and at most 3.',
    fallback: '',
    parse: wholeNumber(1, 256),
  },
  hashQueue: {
    variable: 'MAPAE_HASH_QUEUE',
    meaning: 'Sign-ins that may wait for those; beyond it the answer is 503 with Retry-After.',
    fallback: '64',
    parse: wholeNumber(0, 100_000),
  },
  signInLimitAccount: {
    variable: 'MAPAE_SIGNIN_LIMIT_ACCOUNT',
    meaning: 'Failed or running sign-ins a minute for one account before throttling starts.',
    fallback: '10',
    parse: wholeNumber(1, 1_000_000),
  },
  signInLimitAddress: {
    variable: 'MAPAE_SIGNIN_LIMIT_ADDRESS',
    meaning: 'The same for one client address (an IPv6 network of /64 counts as one).',
    fallback: '100',
    parse: wholeNumber(1, 1_000_000),
  },
  trustedProxies: {
    variable: 'MAPAE_TRUSTED_PROXIES',
    meaning:
      "Addresses or networks, separated by commas, whose `Forwarded` or `X-Forwarded-For` header is believed; nobody else's is.",
    fallback: '',
    parse: list,
  },
  clientCertificateHeader: {
    variable: 'MAPAE_CLIENT_CERTIFICATE_HEADER',
    meaning:
      'The header in which trusted proxies pass on the certificate of a client (mutual TLS). They must set or remove it on every request. Alone it proves which key a client has (`self_signed_tls_client_auth`).',
    fallback: '',
    parse: headerName,
  },
  clientCertificateVerifyHeader: {
    variable: 'MAPAE_CLIENT_CERTIFICATE_VERIFY_HEADER',
    meaning:
      'The header in which those proxies say `SUCCESS` when they verified that certificate against authorities of yours, and only then. Without it there is no `tls_client_auth`.',
    fallback: '',
    parse: headerName,
  },
  browserIdleSeconds: {
    variable: 'MAPAE_BROWSER_IDLE_SECONDS',
    meaning:
      'A browser in which nobody used the hosted pages for this long is signed out (7 days).',
    fallback: '604800',
    parse: wholeNumber(60, 315_360_000),
  },
  browserAbsoluteSeconds: {
    variable: 'MAPAE_BROWSER_ABSOLUTE_SECONDS',
    meaning: 'No browser stays signed in to the hosted pages for longer than this (30 days).',
    fallback: '2592000',
    parse: wholeNumber(60, 315_360_000),
  },
  brandName: {
    variable: 'MAPAE_BRAND_NAME',
    meaning: 'Name that the hosted pages show.',
    fallback: 'Mapae',
    parse: brandName,
  },
  brandColor: {
    variable: 'MAPAE_BRAND_COLOR',
    meaning:
      'Colour of buttons and links of the hosted pages, as `#rrggbb`. Made darker or lighter where it could not be read.',
    fallback: '#8a5a18',
    parse: color,
  },
  brandLogo: {
    variable: 'MAPAE_BRAND_LOGO',
    meaning:
      'File of the logo of the hosted pages: SVG, PNG, JPEG or WebP of at most 100 kB. Without it: the one of Mapae.',
    fallback: '',
    parse: text,
  },
  auditRetentionDays: {
    variable: 'MAPAE_AUDIT_RETENTION_DAYS',
    meaning: 'Events, and sessions that have ended or expired, are deleted after this many days.',
    fallback: '90',
    parse: wholeNumber(2, 36_500),
  },
  logLevel: {
    variable: 'MAPAE_LOG_LEVEL',
    meaning:
      '`debug`, `info`, `warn`, `error` or `silent`. Without it: `warn` in `mapae dev`, `info` in `mapae start`.',
    fallback: '',
    parse: oneOf('debug', 'info', 'warn', 'error', 'silent'),
  },
} as const satisfies Record<string, SettingDefinition>

interface SettingDefinition {
  readonly variable: `MAPAE_${string}`
  readonly meaning: string
  /** The text that counts when the variable is not set; empty: there is no value. */
  readonly fallback: string
  /** Returns undefined when the text is not a value of this setting. */
  readonly parse: (value: string) => { readonly value: unknown } | { readonly expected: string }
}

type Parsed<D extends SettingDefinition> = Extract<
  ReturnType<D['parse']>,
  { readonly value: unknown }
>['value']

type Table = typeof settingTable

/** The settings as typed values; null where nothing was set and there is no fallback. */
export type Settings = {
  readonly [Name in keyof Table]: Table[Name]['fallback'] extends ''
    ? Parsed<Table[Name]> | null
    : Parsed<Table[Name]>
}

/**
 * Reads the settings from the environment. Throws `ConfigurationError` for a value that is not
 * one, and for a `MAPAE_` variable that does not exist: most often a typing error.
 */
export function readSettings(environment: Environment): Settings {
  const known = new Set<string>(Object.values(settingTable).map(({ variable }) => variable))
  const unknown = Object.keys(environment).find(
    (variable) => /^MAPAE_(?!TEST_)/.test(variable) && !known.has(variable),
  )
  if (unknown !== undefined) {
    throw new ConfigurationError(`${unknown} is not a setting: look at docs/en/settings.md.`)
  }
  const entries = Object.entries(settingTable).map(([name, definition]) => {
    const { variable, fallback, parse } = definition as SettingDefinition
    const given = environment[variable] ?? ''
    const value = given === '' ? fallback : given
    if (value === '') return [name, null]
    const result = parse(value)
    if ('value' in result) return [name, result.value]
    throw new ConfigurationError(`${variable} must be ${result.expected}.`)
  })
  return Object.fromEntries(entries) as Settings
}

function text(value: string) {
  return { value }
}

/** Names that are in every token, which has a budget. */
function nameInTokens(value: string): { value: string } | { expected: string } {
  const expected = `at most ${MOST_NAME_CHARACTERS} characters`
  return value.length <= MOST_NAME_CHARACTERS ? { value } : { expected }
}

function brandName(value: string): { value: string } | { expected: string } {
  return /^\P{Cc}{1,60}$/u.test(value) ? { value } : { expected: 'a name of 1 to 60 characters' }
}

function headerName(value: string): { value: string } | { expected: string } {
  return /^[A-Za-z0-9-]{1,60}$/.test(value)
    ? { value: value.toLowerCase() }
    : { expected: 'the name of a header, such as Client-Cert' }
}

function color(value: string): { value: string } | { expected: string } {
  return /^#[0-9a-f]{6}$/i.test(value)
    ? { value: value.toLowerCase() }
    : { expected: 'a colour such as #8a5a18' }
}

function list(value: string) {
  return { value: value.split(',').map((item) => item.trim()) }
}

function wholeNumber(least: number, most: number) {
  return (value: string): { value: number } | { expected: string } =>
    /^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most
      ? { value: Number(value) }
      : { expected: `a whole number from ${least} to ${most}` }
}

function oneOf<const Choice extends string>(...choices: Choice[]) {
  return (value: string): { value: Choice } | { expected: string } => {
    const choice = choices.find((one) => one === value)
    return choice === undefined ? { expected: choices.join(' or ') } : { value: choice }
  }
}

function databaseUrl(value: string): { value: string } | { expected: string } {
  const isKnown = /^sqlite:./.test(value) || /^postgres(ql)?:\/\/./.test(value)
  return isKnown && (value.startsWith('sqlite:') || URL.canParse(value))
    ? { value }
    : { expected: 'sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE' }
}

function masterKey(value: string): { value: Uint8Array } | { expected: string } {
  const bytes = Buffer.from(value, 'base64url')
  return bytes.length === MASTER_KEY_BYTES && bytes.toString('base64url') === value
    ? { value: bytes }
    : {
        expected: `${MASTER_KEY_BYTES} random bytes in base64url: node -p "crypto.randomBytes(32).toString('base64url')" makes one`,
      }
}

function issuer(value: string): { value: string } | { expected: string } {
  const expected = `an http or https URL of at most ${MOST_NAME_CHARACTERS} characters without query, fragment, user and trailing slash, such as https://auth.example.com`
  if (!URL.canParse(value) || value.length > MOST_NAME_CHARACTERS) return { expected }
  const { protocol, search, hash, username, href } = new URL(value)
  const isPlain = search === '' && hash === '' && username === '' && !value.endsWith('/')
  const isCanonical = href === value || href === `${value}/`
  return /^https?:$/.test(protocol) && isPlain && isCanonical ? { value } : { expected }
}

import type { Command } from 'commander'

import { defaultClientSettings, type Client, type ClientSettings } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { Seconds } from '../domain/time.ts'
import type { Mapae } from '../main.ts'
import { usesSecret, type ClientWithSecret } from '../oauth/client-administration.ts'
import { audiencesFor } from '../oauth/audiences.ts'
import { clientMetadata } from '../oauth/client-metadata.ts'
import { readClientFile } from './client-file.ts'
import { addClientOptions, refuseInOptions, settingsFrom } from './client-options.ts'
import { CommandFailure } from './failure.ts'
import { operate } from './operate.ts'
import { instantText, table, type Terminal } from './terminal.ts'

const PAGE = 500
/** How long the secret before stays valid. */
const OVERLAP_DAYS = 7
const DAY_SECONDS = 86_400
const EXAMPLES = `
Examples:
  a web application      mapae client create shop --redirect https://shop.example.com/callback
  a page                 mapae client create page --public --redirect https://shop.example.com/ \\
                           --web-origin https://shop.example.com
  a mobile app           mapae client create phone --public --redirect com.example.shop:/callback
  a device               mapae client create tv --public --grant device_code refresh_token --scope openid
  a service for itself   mapae client create nightly --scope orders:read
  an API that asks       mapae client create orders --resource https://orders.example.com
`
const SIGN_IN_SCOPES = ['openid', 'profile', 'email', 'offline_access']

interface JsonOption {
  readonly json?: boolean
}

type Options = JsonOption & Readonly<Record<string, unknown>>

export function addClientCommands(program: Command, terminal: Terminal): void {
  const client = program.command('client').description('applications that get tokens')

  addClientOptions(client.command('create <id>'))
    .description('make an application known; prints what it must know')
    .option('--public', 'it cannot keep a secret: a page, a native app')
    .addHelpText('after', EXAMPLES)
    .option('--json', 'print JSON')
    .action((id: string, options: Options) => create(terminal, id, options))
  client
    .command('list')
    .description('all applications')
    .option('--json', 'print one JSON object a line')
    .action((options: JsonOption) => list(terminal, options))
  addClientOptions(client.command('update <id>'))
    .description('change what is known of an application; a list takes the place of the one before')
    .option('--json', 'print JSON')
    .action((id: string, options: Options) => update(terminal, id, options))
  client
    .command('rotate-secret <id>')
    .description('make a further secret; the one before stays valid for a while')
    .option('--overlap-days <days>', 'for how long', String(OVERLAP_DAYS))
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption & { overlapDays: string }) =>
      rotateSecret(terminal, id, options),
    )
  client
    .command('apply <file>')
    .description('have applications be as a file declares them; others stay as they are')
    .option('--json', 'print one JSON object a line')
    .action((file: string, options: JsonOption) => apply(terminal, file, options))
  client
    .command('delete <id>')
    .description('give the application no tokens any more; its name is not given again')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) =>
      operate(terminal, async ({ clients }) => {
        await clients.delete(id)
        if (options.json) terminal.print(`${JSON.stringify({ client_id: id, deleted: true })}\n`)
        else terminal.say(`Deleted ${id}.\n`)
      }),
    )
}

async function create(terminal: Terminal, id: string, options: Options): Promise<void> {
  const given = settingsFrom(options)
  const isPublic = options['public'] === true
  if (isPublic && given.authenticationMethod !== undefined) {
    throw new CommandFailure('usage', '--public and --auth exclude each other.')
  }
  if (isPublic && given.redirectUris === undefined && given.grants === undefined) {
    throw new CommandFailure(
      'usage',
      '--public needs --redirect, or --grant device_code for a device without a browser.',
    )
  }
  const settings = { ...defaultClientSettings, name: id, ...defaultsFor(given, isPublic), ...given }
  await operate(terminal, async (mapae) => {
    const created = await mapae.clients.create(id, settings).catch(refuseInOptions)
    printForApplication(terminal, mapae, created, options)
  })
}

async function update(terminal: Terminal, id: string, options: Options): Promise<void> {
  const changes = settingsFrom(options)
  if (Object.keys(changes).length === 0) {
    throw new CommandFailure('usage', 'Say what to change (--help shows the options).')
  }
  await operate(terminal, async ({ clients }) => {
    const updated = await clients.update(id, changes).catch(refuseInOptions)
    if (options.json) terminal.print(`${JSON.stringify(clientMetadata(updated))}\n`)
    else terminal.say(`Changed ${id}.\n`)
    if (usesSecret(updated) && updated.secrets.length === 0) {
      terminal.say(`It has no secret yet: mapae client rotate-secret ${id} makes one.\n`)
    }
  })
}

/** An application with a redirect URI signs users in; one without works for itself. */
function defaultsFor(
  { redirectUris, resource }: Partial<ClientSettings>,
  isPublic: boolean,
): Partial<ClientSettings> {
  const authenticationMethod = isPublic ? 'none' : 'client_secret_basic'
  if (redirectUris !== undefined) return { authenticationMethod, scopes: SIGN_IN_SCOPES }
  return { authenticationMethod, grants: resource === undefined ? ['client_credentials'] : [] }
}

async function apply(terminal: Terminal, file: string, options: JsonOption): Promise<void> {
  const declared = readClientFile(file)
  await operate(terminal, async ({ clients }) => {
    for (const { id, settings, secretHashes } of declared) {
      const outcome = await clients.declare(id, settings, secretHashes).catch(refuseNaming(id))
      if (options.json) terminal.print(`${JSON.stringify({ client_id: id, outcome })}\n`)
      else terminal.say(`${id}: ${outcome}\n`)
    }
  })
}

/** The file has many clients: which one is refused. */
function refuseNaming(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof MapaeError && /^client_(refused|taken)$/.test(error.code))) throw error
    const kind = error.code === 'client_refused' ? 'usage' : 'failure'
    throw new CommandFailure(kind, `${id}: ${error.details.detail ?? error.message}`)
  }
}

async function list(terminal: Terminal, options: JsonOption): Promise<void> {
  const clients = await operate(terminal, ({ stores }) => allClients(stores.clients))
  if (options.json) {
    for (const one of clients) terminal.print(`${JSON.stringify(clientMetadata(one))}\n`)
    return
  }
  const rows = clients.map((one) => [
    one.id,
    one.name,
    one.authenticationMethod,
    instantText(one.createdAt),
    one.redirectUris[0] ?? '-',
  ])
  terminal.print(table([['ID', 'NAME', 'PROVES ITSELF BY', 'CREATED', 'REDIRECTS TO'], ...rows]))
}

async function allClients(clients: Mapae['stores']['clients']): Promise<Client[]> {
  const all: Client[] = []
  for (;;) {
    const page = await clients.list(all.at(-1)?.id ?? '', PAGE)
    all.push(...page)
    if (page.length < PAGE) return all.filter(({ deletedAt }) => deletedAt === null)
  }
}

async function rotateSecret(
  terminal: Terminal,
  id: string,
  options: JsonOption & { overlapDays: string },
): Promise<void> {
  if (!/^\d{1,3}$/.test(options.overlapDays)) {
    throw new CommandFailure('usage', '--overlap-days must be a whole number up to 999.')
  }
  const overlap = (Number(options.overlapDays) * DAY_SECONDS) as Seconds
  await operate(terminal, async (mapae) => {
    const rotated = await mapae.clients.rotateSecret(id, overlap)
    printForApplication(terminal, mapae, rotated, options)
  })
}

function printForApplication(
  terminal: Terminal,
  { issuer, audience }: Mapae,
  { client, secret }: ClientWithSecret,
  { json }: JsonOption,
): void {
  const discovery = `${issuer}/.well-known/openid-configuration`
  if (json) {
    const made = secret === null ? {} : { client_secret: secret }
    const printed = { ...clientMetadata(client), ...made, issuer, discovery }
    terminal.print(`${JSON.stringify(printed)}\n`)
    return
  }
  const rows = [
    ['issuer', issuer],
    ['discovery', discovery],
    ['client_id', client.id],
    ...(secret === null ? [] : [['client_secret', secret]]),
    ...client.redirectUris.map((uri) => ['redirect_uri', uri]),
    ...(client.scopes.length === 0 ? [] : [['scope', client.scopes.join(' ')]]),
    ...(client.grants.length === 0 ? [] : audiencesFor(client, audience)).map((uri) => [
      'audience',
      uri,
    ]),
    ...(client.resource === null ? [] : [['resource', client.resource.audience]]),
    ...client.openScopes.map(({ scope, text }) => ['open_scope', `${scope} ${text ?? ''}`.trim()]),
  ]
  terminal.print(table(rows))
  const { MAPAE_ISSUER: named, MAPAE_PORT: port } = terminal.environment
  if (!named && !port) {
    terminal.say(
      `MAPAE_ISSUER is not set here, so ${issuer} is a guess: set it to what the server is called.\n`,
    )
  }
  if (secret !== null) terminal.say('The secret is shown only this once.\n')
}

import { randomBytes } from 'node:crypto'

import type { Command } from 'commander'

import type { User } from '../domain/user.ts'
import { parseUsername } from '../login/username.ts'
import type { Mapae } from '../main.ts'
import { CommandFailure } from './failure.ts'
import { operate } from './operate.ts'
import { instantText, readSecret, table, type Terminal } from './terminal.ts'

const GENERATED_PASSWORD_BYTES = 15
const PAGE = 500

interface JsonOption {
  readonly json?: boolean
}

interface PasswordOptions extends JsonOption {
  readonly generatePassword?: boolean
}

interface CreateOptions extends PasswordOptions {
  readonly email?: string
}

export function addUserCommands(program: Command, terminal: Terminal): void {
  const user = program.command('user').description('accounts')

  user
    .command('create <username>')
    .description('make an account; the password is piped in or asked for')
    .option('--email <address>', 'e-mail address')
    .option('--generate-password', 'make a password and print it')
    .option('--json', 'print JSON')
    .action((username: string, options: CreateOptions) => create(terminal, username, options))
  user
    .command('list')
    .description('all accounts')
    .option('--json', 'print one JSON object a line')
    .action((options: JsonOption) => list(terminal, options))
  user
    .command('disable <username>')
    .description('end all sessions of the account and let nobody sign in to it')
    .option('--json', 'print JSON')
    .action((username: string, options: JsonOption) => disable(terminal, username, options))
  user
    .command('enable <username>')
    .description('let the user of a disabled account sign in again')
    .option('--json', 'print JSON')
    .action((username: string, options: JsonOption) => enable(terminal, username, options))
  user
    .command('reset-password <username>')
    .description('set another password and end all sessions; it is piped in or asked for')
    .option('--generate-password', 'make a password and print it')
    .option('--json', 'print JSON')
    .action((username: string, options: PasswordOptions) =>
      resetPassword(terminal, username, options),
    )
}

async function create(terminal: Terminal, username: string, options: CreateOptions): Promise<void> {
  const password = await newPassword(terminal, options)
  await operate(terminal, async ({ accounts }) => {
    const email = options.email ?? null
    const created = await accounts.create({ username, password, email, ipAddress: null })
    printUserWithPassword(terminal, created, password, options)
  })
}

async function list(terminal: Terminal, options: JsonOption): Promise<void> {
  const users = await operate(terminal, ({ stores }) => allUsers(stores.users))
  if (options.json) {
    for (const one of users) terminal.print(`${JSON.stringify(userJson(one))}\n`)
    return
  }
  const rows = users.map((one) => [
    one.username,
    one.id,
    instantText(one.createdAt),
    one.disabledAt === null ? 'enabled' : 'disabled',
  ])
  terminal.print(table([['USERNAME', 'ID', 'CREATED', 'STATE'], ...rows]))
}

async function disable(terminal: Terminal, username: string, options: JsonOption): Promise<void> {
  await operate(terminal, async (mapae) => {
    const found = await findUser(mapae, username)
    if (!(await mapae.accounts.disable(found.id))) {
      throw new CommandFailure('failure', `${found.username} is disabled already.`)
    }
    const disabled = (await mapae.stores.users.find(found.id))!
    if (options.json) terminal.print(`${JSON.stringify(userJson(disabled))}\n`)
    else terminal.say(`Disabled ${found.username} and ended all its sessions.\n`)
  })
}

async function enable(terminal: Terminal, username: string, options: JsonOption): Promise<void> {
  await operate(terminal, async (mapae) => {
    const found = await findUser(mapae, username)
    if (!(await mapae.accounts.enable(found.id))) {
      throw new CommandFailure('failure', `${found.username} is not disabled.`)
    }
    const enabled = (await mapae.stores.users.find(found.id))!
    if (options.json) terminal.print(`${JSON.stringify(userJson(enabled))}\n`)
    else terminal.say(`Enabled ${found.username}: its user may sign in again.\n`)
  })
}

async function resetPassword(
  terminal: Terminal,
  username: string,
  options: PasswordOptions,
): Promise<void> {
  const password = await newPassword(terminal, options)
  await operate(terminal, async (mapae) => {
    const found = await findUser(mapae, username)
    const change = { user: found, password, keep: null, keepBrowser: null, ipAddress: null }
    if (!(await mapae.accounts.setPassword({ ...change, by: 'operator' }))) {
      throw new CommandFailure('failure', `${found.username} is disabled or just changed.`)
    }
    printUserWithPassword(terminal, found, password, options)
  })
}

export async function findUser({ stores }: Mapae, username: string): Promise<User> {
  const name = parseUsername(username)
  const user = name.ok ? await stores.users.findByUsernameKey(name.usernameKey) : null
  if (user === null) throw new CommandFailure('notFound', `There is no user "${username}".`)
  return user
}

async function allUsers(users: Mapae['stores']['users']): Promise<User[]> {
  const all: User[] = []
  for (;;) {
    const page = await users.list(all.at(-1)?.usernameKey ?? '', PAGE)
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

async function newPassword(terminal: Terminal, options: PasswordOptions): Promise<string> {
  return options.generatePassword
    ? randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url')
    : readSecret(terminal, 'New password')
}

function printUserWithPassword(
  terminal: Terminal,
  user: User,
  password: string,
  { generatePassword, json }: PasswordOptions,
): void {
  const generated = generatePassword ? { password } : {}
  if (json) terminal.print(`${JSON.stringify({ ...userJson(user), ...generated })}\n`)
  else {
    terminal.say(`Password set for ${user.username} (${user.id}).\n`)
    if (generatePassword) terminal.print(`${password}\n`)
  }
}

function userJson(user: User): object {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    created_at: user.createdAt,
    disabled_at: user.disabledAt,
  }
}

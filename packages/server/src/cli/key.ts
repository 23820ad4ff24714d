import { Option, type Command } from 'commander'

import { keyPurposes, type KeyPurpose, type StoredKey } from '../domain/signing-key.ts'
import type { Mapae } from '../main.ts'
import type { ListedKey } from '../tokens/key-rotation.ts'
import { CommandFailure } from './failure.ts'
import { operate } from './operate.ts'
import { durationText, instantText, table, type Terminal } from './terminal.ts'

interface JsonOption {
  readonly json?: boolean
}

interface RotateOptions extends JsonOption {
  readonly purpose?: KeyPurpose
}

interface RetireOptions extends JsonOption {
  readonly now?: boolean
}

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('signing keys')

  key
    .command('list')
    .description('all signing keys, their stage and what happens to them next')
    .option('--json', 'print one JSON object a line')
    .action((options: JsonOption) => list(terminal, options))
  key
    .command('rotate')
    .description('publish the next key; it signs when everybody knows it')
    .addOption(new Option('--purpose <purpose>', 'of one purpose only').choices(keyPurposes))
    .option('--json', 'print one JSON object a line')
    .action((options: RotateOptions) => rotate(terminal, options))
  key
    .command('retire <kid>')
    .description('stop verifying with a key that does not sign any more')
    .option('--now', 'even if tokens that it signed are alive: they are refused from now on')
    .option('--json', 'print JSON')
    .action((kid: string, options: RetireOptions) => retire(terminal, kid, options))
  key
    .command('withdraw <kid>')
    .description('emergency: refuse all that a key signed, and replace it at once if it signs')
    .option('--json', 'print JSON')
    .action((kid: string, options: JsonOption) => withdraw(terminal, kid, options))
  key
    .command('reseal')
    .description('encrypt all keys under MAPAE_MASTER_KEY; MAPAE_MASTER_KEY_PREVIOUS opens them')
    .option('--json', 'print JSON')
    .action((options: JsonOption) => reseal(terminal, options))
}

async function list(terminal: Terminal, options: JsonOption): Promise<void> {
  await operate(terminal, async ({ keyRotation, clock }) => {
    const listed = await keyRotation.list()
    if (options.json) {
      for (const one of listed) terminal.print(`${JSON.stringify(listedJson(one))}\n`)
      return
    }
    const now = clock.seconds()
    const rows = listed.map((one) => [
      one.key.kid,
      one.key.purpose,
      one.key.algorithm,
      one.stage,
      instantText(one.since),
      nextChange(one, now),
    ])
    terminal.print(
      table([['KID', 'PURPOSE', 'ALGORITHM', 'STAGE', 'SINCE', 'NEXT CHANGE'], ...rows]),
    )
  })
}

async function rotate(terminal: Terminal, options: RotateOptions): Promise<void> {
  await operate(terminal, async ({ keyRotation, clock }) => {
    const made = new Set((await keyRotation.list()).map(({ key }) => key.purpose))
    const purposes =
      options.purpose === undefined
        ? keyPurposes.filter((purpose) => made.has(purpose))
        : [options.purpose]
    for (const purpose of purposes) {
      const { key, isNew } = await keyRotation.rotate(purpose)
      if (options.json) {
        terminal.print(`${JSON.stringify({ ...keyJson(key), published: isNew })}\n`)
        continue
      }
      const what = isNew ? `Published key ${key.kid}` : `Key ${key.kid} is published already`
      const wait = durationText(key.signsFrom - clock.seconds())
      terminal.say(
        `${what} for ${purpose}: it signs from ${instantText(key.signsFrom)} (in ${wait}).\n`,
      )
    }
  })
}

async function retire(terminal: Terminal, kid: string, options: RetireOptions): Promise<void> {
  await operate(terminal, async (mapae) => {
    const found = await findLivingKey(mapae, kid)
    refuseToRetire(found, mapae.clock.seconds(), options.now === true)
    if (!(await mapae.keyRotation.retire(kid))) throw notAlive(kid)
    const retired = { ...keyJson(found.key), retired: true }
    if (options.json) terminal.print(`${JSON.stringify(retired)}\n`)
    else terminal.say(`Retired key ${kid}.\n`)
  })
}

function refuseToRetire({ key, stage, safeToRetireAt }: ListedKey, now: number, evenNow: boolean) {
  const { kid } = key
  if (stage === 'signing') {
    throw new CommandFailure(
      'failure',
      `Key ${kid} signs: publish the next one with "mapae key rotate", or withdraw it.`,
    )
  }
  if (stage === 'published') {
    throw new CommandFailure('failure', `Key ${kid} has not signed yet: withdraw it instead.`)
  }
  const wait = (safeToRetireAt ?? now) - now
  if (wait <= 0 || evenNow) return
  throw new CommandFailure(
    'failure',
    `Tokens signed by key ${kid} may be alive: safe to retire in ${minutesText(wait)} (--now refuses those tokens).`,
  )
}

async function withdraw(terminal: Terminal, kid: string, options: JsonOption): Promise<void> {
  await operate(terminal, async (mapae) => {
    const { key } = await findLivingKey(mapae, kid)
    const done = await mapae.keyRotation.withdraw(kid)
    if (done === null) throw notAlive(kid)
    const replacement = done.replacement?.kid ?? null
    if (options.json) {
      const withdrawn = { ...keyJson(key), withdrawn: true, replacement }
      terminal.print(`${JSON.stringify(withdrawn)}\n`)
      return
    }
    const instead = replacement === null ? '' : ` Key ${replacement} signs instead, from now on.`
    terminal.say(`Withdrew key ${kid}: what it signed is refused.${instead}\n`)
  })
}

async function reseal(terminal: Terminal, options: JsonOption): Promise<void> {
  await operate(terminal, async ({ keyRotation }) => {
    const { resealed, current } = await keyRotation.reseal()
    if (options.json) terminal.print(`${JSON.stringify({ resealed, current })}\n`)
    else {
      terminal.say(
        `Encrypted ${resealed} keys under MAPAE_MASTER_KEY; ${current} were already. MAPAE_MASTER_KEY_PREVIOUS is not needed any more.\n`,
      )
    }
  })
}

async function findLivingKey({ keyRotation }: Mapae, kid: string): Promise<ListedKey> {
  const found = (await keyRotation.list()).find(({ key }) => key.kid === kid)
  if (found === undefined) throw new CommandFailure('notFound', `There is no key ${kid}.`)
  if (found.key.sealedJwk === null) throw notAlive(kid)
  return found
}

function notAlive(kid: string): CommandFailure {
  return new CommandFailure('failure', `Key ${kid} is retired or withdrawn already.`)
}

function nextChange(listed: ListedKey, now: number): string {
  const { stage, key, signsUntil, safeToRetireAt, successorDueAt } = listed
  const wait = (instant: number) => durationText(Math.max(0, instant - now))
  if (stage === 'published') return `signs in ${wait(key.signsFrom)}`
  if (stage === 'verify-only' && safeToRetireAt !== null) {
    return `safe to retire in ${minutesText(safeToRetireAt - now)}`
  }
  if (stage !== 'signing') return '-'
  if (signsUntil !== null) return `next key signs in ${wait(signsUntil)}`
  return successorDueAt === null ? '-' : `next key is published in ${wait(successorDueAt)}`
}

/** `0 min` only when the instant has come: half a minute is one. */
function minutesText(seconds: number): string {
  return `${Math.max(0, Math.ceil(seconds / 60))} min`
}

function keyJson({ kid, purpose, algorithm, createdAt, signsFrom }: StoredKey): object {
  return { kid, purpose, algorithm, created_at: createdAt, signs_from: signsFrom }
}

function listedJson({ key, stage, since, signsUntil, ...listed }: ListedKey): object {
  return {
    ...keyJson(key),
    stage,
    since,
    signs_until: signsUntil,
    safe_to_retire_at: stage === 'verify-only' ? listed.safeToRetireAt : null,
    successor_due_at: listed.successorDueAt,
  }
}

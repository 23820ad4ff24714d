// The world the rotation rules live in, small enough to be walked completely: one session, clients
// that share one storage, requests on their way, perhaps a thief, and a clock.

/** The session's row as far as the rules look at it; instants are ages in seconds. */
export interface Row {
  readonly live: number
  readonly spent: number
  /** Seconds since the recorded exchange, counted up to one second beyond the grace. */
  readonly spentAge: number
  /** Which attempt key came with the recorded exchange. */
  readonly key: AttemptKey
  readonly ended: 'logout' | 'reuse' | null
}

/** Honest clients have one key a token; `second` is what a tab adds that did not look first. */
export type AttemptKey = 'first' | 'second' | 'thief' | null

/** What is sent as the key: another one for each token. */
export function keyText(key: AttemptKey, generation: number): string | null {
  return key === null ? null : `${key} of ${generation}`
}

/** Of which key the sender proves to hold it: of the device's, of another, or of none. */
export type Proof = 'own' | 'other' | null

export interface Presented {
  readonly generation: number
  readonly key: AttemptKey
  readonly proof: Proof
}

/** What one tab, or the thief, has sent and the server or the network still holds. */
export interface Message extends Presented {
  /** `nobody`: the tab was closed or reloaded, its request goes on. */
  readonly owner: 'tab' | 'nobody' | 'thief'
  /** `deciding`: the server read the row and has not written yet. */
  readonly stage: 'sent' | 'deciding' | 'answered'
  /** Time steps since it was sent. */
  readonly steps: number
  /** While deciding: the row that was read, and how many seconds ago. */
  readonly seen: Row | null
  readonly seenSecondsAgo: number
  /** Once answered: the generation that came back, or null for `invalid_grant`. */
  readonly answer: number | null
  /** Once answered: by an exchange and no mere race, made since the thief got a token last. */
  readonly isExchange: boolean
}

/** What the tabs share. Null once they were told that the session is over. */
export interface Storage {
  readonly generation: number
  readonly key: AttemptKey
  /** Time steps since this generation was stored. */
  readonly restedSteps: number
}

export interface Thief {
  /** The two newest generations in the thief's hands. */
  readonly held: readonly number[]
  /** The generation whose attempt key was copied along with it. */
  readonly keyOf: number | null
}

export interface World {
  readonly row: Row
  readonly storage: Storage | null
  readonly messages: readonly Message[]
  readonly thief: Thief | null
  // What only the properties look at:
  readonly spentBy: 'honest' | 'thief'
  /** Exchanges made and stored by honest clients since the thief got a token last, up to 2. */
  readonly honestExchanges: number
}

export interface Configuration {
  readonly name: string
  readonly keys: 'none' | 'shared' | 'unshared'
  /** Browsers do not look whether a cookie is newer: the last answer is what is stored. */
  readonly commits: 'newer' | 'last'
  /** Whether the session is bound to a key that cannot be copied. */
  readonly bound: boolean
  /** What the thief copies: the token alone, or all that the storage holds. */
  readonly thief: 'none' | 'token' | 'storage'
  /** Whether a logout may come at any moment. */
  readonly logout: boolean
  readonly graceSeconds: number
  readonly stepSeconds: number
  /** A request is decided within so many time steps of being sent, or never. */
  readonly timeoutSteps: number
  /** A new token is not presented for the first time before so many steps. */
  readonly restSteps: number
  /** Whether the grace ends only when no request is on its way. */
  readonly quietAtGraceEnd: boolean
  readonly tabs: number
  /** Requests whose tab is gone. */
  readonly orphans: number
}

export function startOf(configuration: Configuration): World {
  return {
    row: { live: 1, spent: 0, spentAge: 0, key: null, ended: null },
    storage: { generation: 1, key: null, restedSteps: configuration.restSteps },
    messages: [],
    thief: null,
    spentBy: 'honest',
    honestExchanges: 0,
  }
}

/**
 * The same for all worlds that behave alike: rules compare generations for equality and clients for
 * order, so they are renumbered, and requests have no order. That makes the number of worlds finite
 * without a limit on the number of exchanges.
 */
export function canonical(world: World): World {
  return renumbered(withoutDeadLoot(world.row.ended === null ? world : timeless(world)))
}

/** A generation that is neither live nor spent will never be again. */
function withoutDeadLoot(world: World): World {
  const { row, thief } = world
  if (thief === null) return world
  const held = thief.held.filter((generation) => generation >= row.live || generation === row.spent)
  const keyOf = held.find((generation) => generation === thief.keyOf) ?? null
  return { ...world, thief: { held, keyOf } }
}

/** Once the session has ended no age matters any more. */
function timeless(world: World): World {
  return {
    ...world,
    row: { ...world.row, spentAge: 0 },
    storage: world.storage && { ...world.storage, restedSteps: Number.MAX_SAFE_INTEGER },
    messages: world.messages.map((message) => ({ ...message, steps: 0, isExchange: false })),
    spentBy: 'honest',
    honestExchanges: 0,
  }
}

function renumbered(world: World): World {
  const { live, spent } = world.row
  // Their elder neighbours too: a dead child and a token older than the spent one stay presentable.
  const used = new Set([live, live - 1, spent, spent - 1, ...(world.thief?.held ?? [])])
  if (world.storage !== null) used.add(world.storage.generation)
  for (const { generation, seen, answer } of world.messages) {
    used.add(generation)
    if (answer !== null) used.add(answer)
    if (seen !== null) used.add(seen.live).add(seen.spent)
  }
  const numbers = new Map([[0, 0]])
  for (const generation of [...used].toSorted((a, b) => a - b)) {
    if (generation > 0) numbers.set(generation, numbers.size)
  }
  const number = (generation: number) => numbers.get(generation)!
  const rowOf = (row: Row) => ({ ...row, live: number(row.live), spent: number(row.spent) })
  return {
    ...world,
    row: rowOf(world.row),
    storage: world.storage && { ...world.storage, generation: number(world.storage.generation) },
    messages: world.messages
      .map((message) => ({
        ...message,
        generation: number(message.generation),
        seen: message.seen && rowOf(message.seen),
        answer: message.answer === null ? null : number(message.answer),
      }))
      .toSorted((a, b) => (nameOfMessage(a) < nameOfMessage(b) ? -1 : 1)),
    thief: world.thief && {
      held: world.thief.held.map(number),
      keyOf: world.thief.keyOf === null ? null : number(world.thief.keyOf),
    },
  }
}

/** Equal for equal worlds only. */
export function nameOf({ row, storage, messages, thief, ...ghosts }: World): string {
  return [
    nameOfRow(row),
    storage === null ? 'out' : `${storage.generation},${storage.key ?? ''},${storage.restedSteps}`,
    messages.map(nameOfMessage).join(' '),
    thief === null ? '' : `${thief.held.join(',')},${thief.keyOf ?? ''}`,
    `${ghosts.spentBy},${ghosts.honestExchanges}`,
  ].join('|')
}

export function nameOfRow({ live, spent, spentAge, key, ended }: Row): string {
  return `${live},${spent},${spentAge},${key ?? ''},${ended ?? ''}`
}

function nameOfMessage(message: Message): string {
  const { owner, stage, generation, key, proof, steps, seen, seenSecondsAgo } = message
  const { answer, isExchange } = message
  const read = seen === null ? '' : `${nameOfRow(seen)},${seenSecondsAgo}`
  return `${owner},${stage},${generation},${key ?? ''},${proof ?? ''},${steps},(${read}),${answer ?? ''},${isExchange}`
}

import type { AttemptKey, Configuration, Message, Presented, Proof, Row, World } from './model.ts'
import type { Outcome, Step } from './server.ts'

/** Something that may happen next. */
export interface Move {
  readonly label: string
  /** What the server does in it; null when it does nothing. */
  readonly step: Step | null
  readonly by: 'honest' | 'thief'
  /** The world after it. `outcome` is there when there is a step. */
  readonly after: (outcome: Outcome | null) => World
}

/** Everything that may happen next. */
export function movesOf(configuration: Configuration, world: World): Move[] {
  if (world.row.ended !== null) return movesAfterTheEnd(configuration, world)
  return [
    ...sending(configuration, world),
    ...world.messages.flatMap((message, index) => [
      ...movesOfMessage(configuration, world, message, index),
    ]),
    ...waiting(configuration, world),
    ...stealing(configuration, world),
    ...loggingOut(configuration, world),
  ]
}

/**
 * The row of an ended session does not change again, which is checked at every step. So requests
 * have no influence on each other any more, and each can be followed by itself.
 */
function movesAfterTheEnd(configuration: Configuration, world: World): Move[] {
  const alone = { ...world, messages: [] }
  const arriving = world.messages.flatMap((message) => {
    const withMessage = { ...world, messages: [message] }
    return [...movesOfMessage(configuration, withMessage, message, 0)]
  })
  return [...arriving, ...sending(configuration, alone), ...stealing(configuration, alone)]
}

function honest(label: string, after: () => World): Move {
  return { label, step: null, by: 'honest', after }
}

function* sending(configuration: Configuration, world: World): Generator<Move> {
  const { storage, messages } = world
  if (storage === null || storage.restedSteps < configuration.restSteps) return
  if (messages.filter(({ owner }) => owner === 'tab').length === configuration.tabs) return
  for (const key of attemptKeys(configuration, world)) {
    yield honest(`a tab sends ${storage.generation} with key ${key}`, () => ({
      ...world,
      storage: { ...storage, key },
      messages: [...messages, messageOf('tab', honestly(configuration, storage.generation, key))],
    }))
  }
}

/** Honest clients prove the key that the session is bound to. */
export function honestly({ bound }: Configuration, generation: number, key: AttemptKey): Presented {
  return { generation, key, proof: bound ? 'own' : null }
}

/** The stored key, so that a retry carries the same; or another, when tabs cannot see it in time. */
function attemptKeys({ keys }: Configuration, { storage, messages }: World): AttemptKey[] {
  if (keys === 'none') return [null]
  const stored = storage!.key ?? 'first'
  const isUnseen =
    keys === 'unshared' &&
    storage!.key === 'first' &&
    messages.some(({ owner, key, steps }) => owner === 'tab' && key === 'first' && steps === 0)
  return isUnseen ? [stored, 'second'] : [stored]
}

function messageOf(owner: Message['owner'], { generation, key, proof }: Presented): Message {
  return {
    owner,
    stage: 'sent',
    generation,
    key,
    proof,
    steps: 0,
    seen: null,
    seenSecondsAgo: 0,
    answer: null,
    isExchange: false,
  }
}

function* movesOfMessage(
  configuration: Configuration,
  world: World,
  message: Message,
  index: number,
): Generator<Move> {
  const { owner, stage, generation, key, proof } = message
  const by = owner === 'thief' ? 'thief' : 'honest'
  const who = `${owner}'s ${generation}`
  const presented = { generation, key, proof }
  yield honest(`${who} is lost while ${stage}`, () => replaced(world, index, []))

  if (stage === 'sent') {
    const step = { kind: 'begin', row: world.row, presented } as const
    const after = (outcome: Outcome | null) =>
      decided(configuration, world, message, index, outcome!)
    yield { label: `${who} arrives`, step, by, after }
  }
  if (stage === 'deciding') {
    const { seen, seenSecondsAgo } = message
    const step = { kind: 'finish', row: world.row, presented, seen: seen!, seenSecondsAgo } as const
    const after = (outcome: Outcome | null) =>
      decided(configuration, world, message, index, outcome!)
    yield { label: `${who} is written`, step, by, after }
  }
  if (stage === 'answered') {
    yield honest(`${who} is answered with ${message.answer}`, () =>
      delivered(configuration, replaced(world, index, []), message),
    )
  } else if (owner === 'tab' && world.messages.filter(isOrphan).length < configuration.orphans) {
    yield honest(`the tab that sent ${generation} restarts`, () =>
      replaced(world, index, [{ ...message, owner: 'nobody' }]),
    )
  }
}

function isOrphan({ owner }: Message): boolean {
  return owner === 'nobody'
}

/** Only a newer generation replaces what a client stored; only `invalid_grant` clears it. */
function delivered(
  configuration: Configuration,
  world: World,
  { answer, isExchange }: Message,
): World {
  const { storage } = world
  if (storage === null || answer === null) return { ...world, storage: null }
  if (configuration.commits === 'newer' && answer <= storage.generation) return world
  return {
    ...world,
    storage: { generation: answer, key: null, restedSteps: 0 },
    honestExchanges: Math.min(world.honestExchanges + (isExchange ? 1 : 0), 2),
  }
}

function replaced(world: World, index: number, by: readonly Message[]): World {
  return { ...world, messages: world.messages.toSpliced(index, 1, ...by) }
}

/** The world after a step of the server for this message. */
function decided(
  configuration: Configuration,
  world: World,
  message: Message,
  index: number,
  outcome: Outcome,
): World {
  const next = { ...world, row: outcome.row }
  switch (outcome.kind) {
    case 'deciding':
      return replaced(next, index, [{ ...message, stage: 'deciding', seen: world.row }])
    case 'overtaken':
      return replaced(next, index, [{ ...message, stage: 'sent', seen: null, seenSecondsAgo: 0 }])
    case 'refused':
    case 'revoked':
      return replaced(next, index, answeredTo(message, null, false))
    case 'answered': {
      const made = outcome.row.live > world.row.live
      const counts = world.thief !== null && (made || isLate(configuration, world.row, message))
      const told = replaced(next, index, answeredTo(message, outcome.generation, counts))
      const by = message.owner === 'thief' ? 'thief' : 'honest'
      const after = made ? ({ ...told, spentBy: by } as const) : told
      return by === 'thief' ? stolen(after, outcome.generation, world.thief!.keyOf) : after
    }
    case 'ended':
      throw new Error('a refresh does not log out')
  }
}

/** Whether a presentation is too late to be a race; with a key it may still be a retry. */
function isLate({ keys, graceSeconds }: Configuration, row: Row, message: Message): boolean {
  return keys === 'none' && message.generation === row.spent && row.spentAge > graceSeconds
}

function answeredTo(message: Message, answer: number | null, isExchange: boolean): Message[] {
  if (message.owner !== 'tab') return []
  return [{ ...message, stage: 'answered', seen: null, seenSecondsAgo: 0, answer, isExchange }]
}

/** The thief has got hold of a generation. */
function stolen(world: World, generation: number, keyOf: number | null): World {
  const held = [...new Set([...(world.thief?.held ?? []), generation])]
  return {
    ...world,
    thief: { held: held.toSorted((a, b) => a - b).slice(-2), keyOf },
    messages: world.messages.map((message) => ({ ...message, isExchange: false })),
    honestExchanges: 0,
  }
}

/** Time passes; not while a request would outlast its timeout. */
function* waiting(configuration: Configuration, world: World): Generator<Move> {
  const { graceSeconds, stepSeconds, timeoutSteps, restSteps, quietAtGraceEnd } = configuration
  const { row, storage, messages } = world
  if (messages.some(({ steps }) => steps === timeoutSteps)) return
  const isGraceOver = row.spentAge <= graceSeconds && row.spentAge + stepSeconds > graceSeconds
  if (quietAtGraceEnd && isGraceOver && messages.length > 0) return
  yield honest(`${stepSeconds} seconds pass`, () => ({
    ...world,
    row: {
      ...row,
      spentAge: row.spent === 0 ? 0 : Math.min(row.spentAge + stepSeconds, graceSeconds + 1),
    },
    storage: storage && {
      ...storage,
      restedSteps: Math.min(storage.restedSteps + 1, restSteps),
    },
    messages: messages.map((message) => ({
      ...message,
      steps: message.steps + 1,
      seenSecondsAgo: message.seen === null ? 0 : message.seenSecondsAgo + stepSeconds,
    })),
  }))
}

/** Copies one token, at any moment, from the storage or off the wire; then presents what it has. */
function* stealing(configuration: Configuration, world: World): Generator<Move> {
  const { thief: kind } = configuration
  const { thief, storage, messages, row } = world
  if (kind === 'none') return
  if (thief === null) {
    const copies = new Set(messages.flatMap(({ answer }) => answer ?? []))
    if (storage !== null) copies.add(storage.generation)
    for (const generation of copies) {
      const isStored = generation === storage?.generation
      const keyOf = kind === 'storage' && isStored && storage.key !== null ? generation : null
      yield {
        label: `the thief copies ${generation}`,
        step: null,
        by: 'thief',
        after: () => stolen(world, generation, keyOf),
      }
    }
    return
  }
  if (messages.some(({ owner }) => owner === 'thief')) return
  const proofs: readonly Proof[] = configuration.bound ? [null, 'other'] : [null]
  for (const generation of thief.held) {
    const keys: AttemptKey[] = [
      null,
      'thief',
      ...(thief.keyOf === generation ? (['first'] as const) : []),
    ]
    const presentations = keys.flatMap((key) => proofs.map((proof) => ({ generation, key, proof })))
    for (const presented of presentations) {
      const message = messageOf('thief', presented)
      const sent = { ...world, messages: [...messages, message] }
      yield {
        label: `the thief presents ${generation} with key ${presented.key} and proof ${presented.proof}`,
        step: { kind: 'begin', row, presented },
        by: 'thief',
        after: (outcome) => decided(configuration, sent, message, messages.length, outcome!),
      }
    }
  }
}

function* loggingOut({ logout }: Configuration, world: World): Generator<Move> {
  if (!logout || world.row.ended !== null) return
  yield {
    label: 'the user logs out',
    step: { kind: 'end', row: world.row },
    by: 'honest',
    after: (outcome) => ({ ...world, row: outcome!.row }),
  }
}

import {
  nameOfRow,
  type Configuration,
  type Presented,
  type Proof,
  type Row,
  type World,
} from './model.ts'
import { honestly, type Move } from './moves.ts'
import type { Outcome, Server, Step } from './server.ts'

export type Property = 'P1 no false logout' | 'P2 theft ends' | 'P3 one line' | 'P4 no resurrection'

export interface Breach {
  readonly property: Property
  readonly what: string
}

/** What a single step of the server must keep to. */
export function breachOfStep(
  configuration: Configuration,
  world: World,
  { step, by }: Move,
  outcome: Outcome,
): Breach | null {
  return (
    breachOfEnd(world.row, outcome) ??
    breachOfLine(step!, outcome) ??
    (configuration.thief === 'none' ? breachOfPromise(world.row, outcome) : null) ??
    breachOfDetection(configuration, world, step!, by, outcome) ??
    breachOfBinding(configuration, world.row, step!, by, outcome)
  )
}

/** P4: an ended session stays as it is, and whoever comes after the end gets nothing. */
function breachOfEnd({ ended }: Row, { kind, row }: Outcome): Breach | null {
  if (ended === null) return null
  if (row.ended !== ended) return { property: 'P4 no resurrection', what: 'the end was undone' }
  if (kind !== 'answered') return null
  return { property: 'P4 no resurrection', what: 'tokens came after the end' }
}

/** P3: an answer carries the newest generation, and only an exchange makes one, exactly one. */
function breachOfLine(step: Step, outcome: Outcome): Breach | null {
  const { row: before } = step
  const { kind, row } = outcome
  const breach = (what: string): Breach => ({ property: 'P3 one line', what })
  if (row.live < before.live || row.spent < before.spent) return breach('the line went back')
  if (kind !== 'answered' || step.kind === 'end') return null
  if (outcome.generation !== row.live) return breach('an answer with an old generation')
  const made = row.live - before.live
  const isExchange = step.kind === 'finish' || step.presented.generation === before.live
  return made === (isExchange ? 1 : 0) ? null : breach(`${made} generations in one step`)
}

/** P1: without a thief nobody is refused before the user logs out. */
function breachOfPromise({ ended }: Row, { kind, row }: Outcome): Breach | null {
  const isFalse = row.ended === 'reuse' || (kind === 'refused' && ended === null)
  return isFalse ? { property: 'P1 no false logout', what: 'an honest user was refused' } : null
}

/** P2 with keys: whoever presents what the other has exchanged gets nothing and ends the session. */
function breachOfDetection(
  { keys, bound, graceSeconds }: Configuration,
  { row, spentBy, thief }: World,
  step: Step,
  by: Move['by'],
  { kind }: Outcome,
): Breach | null {
  if (bound || keys === 'none' || step.kind === 'end' || row.ended !== null) return null
  const { generation, key } = step.presented
  const read = step.kind === 'finish' ? step.seen : row
  const isConflict = generation === read.spent && spentBy !== by && read.spentAge > graceSeconds
  const hasCopiedKey = thief?.keyOf === generation && key === read.key
  const isPunished = kind === 'deciding' || kind === 'overtaken' || kind === 'revoked'
  if (!isConflict || hasCopiedKey || isPunished) return null
  return { property: 'P2 theft ends', what: 'what the other had exchanged was accepted' }
}

/** P2 when bound: without the key nobody gets anything, and who proves another one ends it. */
function breachOfBinding(
  { bound }: Configuration,
  before: Row,
  step: Step,
  by: Move['by'],
  { kind, row }: Outcome,
): Breach | null {
  if (!bound || by === 'honest' || step.kind === 'end' || before.ended !== null) return null
  const breach = (what: string): Breach => ({ property: 'P2 theft ends', what })
  if (kind === 'answered') return breach('tokens came without the key')
  if (step.presented.proof === 'other') {
    return kind === 'refused' ? breach('another key did not end the session') : null
  }
  if (kind === 'refused' && nameOfRow(row) === nameOfRow(before)) return null
  return { property: 'P1 no false logout', what: 'a presentation without a proof had an effect' }
}

/** What must hold whenever one looks. */
export async function breachOfWorld(
  configuration: Configuration,
  world: World,
  probe: Probe,
): Promise<Breach | null> {
  const { row, storage, thief, honestExchanges } = world
  if (row.ended !== null) return null
  const held = storage && honestly(configuration, storage.generation, storage.key)
  if (thief === null && held !== null && !(await probe.isAccepted(row, held))) {
    return { property: 'P1 no false logout', what: 'what storage holds is not accepted' }
  }
  const open = await probe.accepted(row)
  if (open.some((generation) => generation !== row.live && generation !== row.spent)) {
    return { property: 'P3 one line', what: `generations ${open.join(', ')} are accepted` }
  }
  if (configuration.bound) {
    const isOpen = (await probe.acceptedWithoutKey(row)).length > 0
    return isOpen ? { property: 'P2 theft ends', what: 'whoever has no key is in' } : null
  }
  const thiefIsIn = thief?.held.some((generation) => open.includes(generation)) === true
  if (honestExchanges === 2 && thiefIsIn) {
    return { property: 'P2 theft ends', what: 'the thief is in after two honest exchanges' }
  }
  return null
}

/** Asks the server what it would accept, changing nothing. */
export interface Probe {
  /** The presented token, now and after the grace. */
  isAccepted(row: Row, presented: Presented): Promise<boolean>
  /** All acceptable generations, whatever key and proof come with them. */
  accepted(row: Row): Promise<readonly number[]>
  /** Those of a bound session that are acceptable without the key that it is bound to. */
  acceptedWithoutKey(row: Row): Promise<readonly number[]>
}

export function createProbe({ graceSeconds, bound }: Configuration, server: Server): Probe {
  const acceptedOf = new Map<string, Promise<readonly number[]>>()
  const isAcceptedOf = new Map<string, Promise<boolean>>()

  async function areAccepted(questions: readonly Question[]): Promise<boolean[]> {
    const begun = await server.run(questions.map((one) => ({ kind: 'begin', ...one })))
    const undecided = questions.filter((_one, index) => begun[index]!.kind === 'deciding')
    const finishing = undecided.map(
      (one) => ({ kind: 'finish', ...one, seen: one.row, seenSecondsAgo: 0 }) as const,
    )
    const finished = (await server.run(finishing)).values()
    return begun.map(({ kind }) =>
      kind === 'deciding' ? finished.next().value!.kind === 'answered' : kind === 'answered',
    )
  }

  async function search(row: Row, proofs: readonly Proof[]): Promise<readonly number[]> {
    const generations = Array.from({ length: row.live + 2 }, (_one, index) => index)
    const questions = generations.flatMap((generation) =>
      ([null, 'first', 'second', 'thief'] as const).flatMap((key) =>
        proofs.map((proof) => ({ row, presented: { generation, key, proof } })),
      ),
    )
    const answers = await areAccepted(questions)
    return generations.filter((generation) =>
      questions.some(
        ({ presented }, index) => presented.generation === generation && answers[index],
      ),
    )
  }

  return {
    accepted: (row) =>
      remembered(acceptedOf, nameOfRow(row), () =>
        search(row, bound ? ['own', 'other', null] : [null]),
      ),
    acceptedWithoutKey: (row) =>
      remembered(acceptedOf, `${nameOfRow(row)} without`, () => search(row, ['other', null])),
    isAccepted(row, presented) {
      const { generation, key, proof } = presented
      const name = `${nameOfRow(row)} ${generation} ${key ?? ''} ${proof ?? ''}`
      return remembered(isAcceptedOf, name, async () => {
        const later = { ...row, spentAge: row.spent === 0 ? 0 : graceSeconds + 1 }
        const answers = await areAccepted([
          { row, presented },
          { row: later, presented },
        ])
        return answers.every(Boolean)
      })
    },
  }
}

interface Question {
  readonly row: Row
  readonly presented: Presented
}

function remembered<T>(known: Map<string, T>, name: string, ask: () => T): T {
  const answer = known.get(name) ?? ask()
  known.set(name, answer)
  return answer
}

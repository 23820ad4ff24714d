import type { Presented, Row } from './model.ts'

/** One indivisible piece of the server's work, on a row in a given state. */
export type Step =
  /** A request arrives: the row is read and a decision is made on it. */
  | { readonly kind: 'begin'; readonly row: Row; readonly presented: Presented }
  /** What was decided on the row `seen` is written, though the row may be another one by now. */
  | {
      readonly kind: 'finish'
      readonly row: Row
      readonly presented: Presented
      readonly seen: Row
      readonly seenSecondsAgo: number
    }
  | { readonly kind: 'end'; readonly row: Row }

export type Outcome =
  /** Tokens of that generation. */
  | { readonly kind: 'answered'; readonly generation: number; readonly row: Row }
  /** `invalid_grant`. */
  | { readonly kind: 'refused'; readonly row: Row }
  /** `invalid_grant`, and the session was ended for it. */
  | { readonly kind: 'revoked'; readonly row: Row }
  /** Decided; something must be written before there is an answer. */
  | { readonly kind: 'deciding'; readonly row: Row }
  /** The compare-and-set was lost; the row will be read again. */
  | { readonly kind: 'overtaken'; readonly row: Row }
  | { readonly kind: 'ended'; readonly row: Row }

export interface Server {
  /** The outcome of each step; the steps have nothing to do with each other. */
  run(steps: readonly Step[]): Promise<Outcome[]>
  close(): Promise<void>
}

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('verifiers.ts', import.meta.url))

export type ToVerifiers =
  | { readonly kind: 'watch'; readonly id: number; readonly accessToken: string }
  | { readonly kind: 'ask'; readonly id: number }
  | { readonly kind: 'close' }

export type FromVerifiers =
  | { readonly kind: 'ready' }
  /** Every verifier of the process has accepted the token. */
  | { readonly kind: 'watching'; readonly id: number }
  /** When each of them refused it, as `Date.now` says. */
  | { readonly kind: 'refused'; readonly id: number; readonly at: readonly number[] }

export interface Fleet {
  /** Resolves when every verifier has accepted the token. */
  watch(id: number, accessToken: string): Promise<void>
  /** From now on every verifier is asked every 2 ms. */
  expectRefusal(id: number): void
  /** When each verifier refused it. */
  refused(id: number): Promise<readonly number[]>
  close(): Promise<void>
}

export interface FleetOrder {
  readonly processes: number
  readonly verifiersEach: number
  /** Where they reach the issuer. */
  readonly port: number
  readonly issuer: string
  readonly audience: string
}

/** Resource servers in processes of their own, each verifier with its own subscription. */
export async function startFleet(order: FleetOrder): Promise<Fleet> {
  const { processes, verifiersEach, port, issuer, audience } = order
  const children = Array.from({ length: processes }, () =>
    fork(PROGRAM, [String(verifiersEach), String(port), issuer, audience], {
      execArgv: ['--conditions=mapae-source'],
    }),
  )

  /** The next message of each process that fits. */
  function fromAll(fits: (message: FromVerifiers) => boolean): Promise<FromVerifiers[]> {
    return Promise.all(
      children.map(
        (child) =>
          new Promise<FromVerifiers>((resolve, reject) => {
            const ended = () => reject(new Error('a process of verifiers ended'))
            const take = (message: FromVerifiers) => {
              if (!fits(message)) return
              child.off('message', take)
              child.off('exit', ended)
              resolve(message)
            }
            child.on('message', take)
            child.once('exit', ended)
          }),
      ),
    )
  }

  // Every session that is watched listens to each.
  for (const child of children) child.setMaxListeners(0)
  const tellAll = (message: ToVerifiers) => {
    for (const child of children) child.send(message)
  }
  await fromAll((one) => one.kind === 'ready')
  const refusals = new Map<number, Promise<readonly number[]>>()
  return {
    async watch(id, accessToken) {
      const watching = fromAll((one) => one.kind === 'watching' && one.id === id)
      const refused = fromAll((one) => one.kind === 'refused' && one.id === id)
      refusals.set(
        id,
        refused.then((messages) =>
          messages.flatMap((one) => (one.kind === 'refused' ? one.at : [])),
        ),
      )
      tellAll({ kind: 'watch', id, accessToken })
      await watching
    },
    expectRefusal: (id) => tellAll({ kind: 'ask', id }),
    refused: (id) => refusals.get(id)!,
    async close() {
      const exited = children.map(
        (child) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
      )
      tellAll({ kind: 'close' })
      await Promise.all(exited)
    },
  }
}

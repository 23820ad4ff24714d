// A process of resource servers: each verifies with a subscription of its own.
import { mapae, type CheckRequest } from '../../packages/verify/src/index.ts'
import type { FromVerifiers, ToVerifiers } from './fleet.ts'

const [count = '1', port = '', issuer = '', audience = ''] = process.argv.slice(2)
const LOOK_MILLISECONDS = 2

/** TLS ends in front of the servers; here it ends before it begins. */
const fetchFromBalancer = (url: string, init: RequestInit): Promise<Response> =>
  fetch(url.replace(new URL(issuer).origin, `http://127.0.0.1:${port}`), init)

const guards = Array.from({ length: Number(count) }, () =>
  mapae({ issuer, audience, fetch: fetchFromBalancer }),
)
const checks = guards.map((guard) => guard())

interface Watched {
  readonly accessToken: string
  readonly refusedAt: (number | null)[]
  isAsked: boolean
}

const watched = new Map<number, Watched>()

function say(message: FromVerifiers): void {
  process.send!(message)
}

/** What the API answers; null: it lets the request in. */
async function refusal(check: CheckRequest, accessToken: string): Promise<string | null> {
  const outcome = await check({
    method: 'GET',
    url: '/',
    authorization: `Bearer ${accessToken}`,
    dpop: undefined,
  })
  return outcome.answer?.body ?? null
}

async function watch(id: number, accessToken: string): Promise<void> {
  for (const check of checks) {
    const refused = await refusal(check, accessToken)
    if (refused !== null) throw new Error(`refused before its session ended: ${refused}`)
  }
  watched.set(id, { accessToken, refusedAt: checks.map(() => null), isAsked: false })
  say({ kind: 'watching', id })
}

async function look(): Promise<void> {
  for (const [id, { accessToken, refusedAt, isAsked }] of watched) {
    if (!isAsked) continue
    for (const [index, check] of checks.entries()) {
      if (refusedAt[index] !== null) continue
      const refused = await refusal(check, accessToken)
      if (refused === null) continue
      if (!refused.includes('"session_ended"')) throw new Error(`refused for ${refused}`)
      refusedAt[index] = Date.now()
    }
    if (refusedAt.includes(null)) continue
    watched.delete(id)
    say({ kind: 'refused', id, at: refusedAt as number[] })
  }
  setTimeout(() => void look(), LOOK_MILLISECONDS)
}

process.on('message', (message: ToVerifiers) => {
  if (message.kind === 'watch') return void watch(message.id, message.accessToken)
  if (message.kind === 'ask') {
    watched.get(message.id)!.isAsked = true
    return
  }
  for (const guard of guards) guard.close()
  process.exit(0)
})
await Promise.all(guards.map((guard) => guard.ready()))
void look()
say({ kind: 'ready' })

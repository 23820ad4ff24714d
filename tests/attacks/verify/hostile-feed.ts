import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createSigner, exportJwk, generateKey, type ClaimsToSign } from '@mapae/jwt'

import type { BatchRecipe, FeedCase, FeedPart } from './feed-case.ts'
import { dropSignature, flipSignature } from './token-edits.ts'

export const REVOKED_BEFORE = 'RRRRRRRRRRRRRRRRRRRRRA'
/** What the attack tries to have revoked. */
export const VICTIM = 'VVVVVVVVVVVVVVVVVVVVVA'
export const REVOKED_AFTER = 'SSSSSSSSSSSSSSSSSSSSSA'

const dripMilliseconds = 20

/**
 * An issuer whose feed begins well, then does what the case says, then says nothing until it is
 * told to be good again.
 */
export async function startHostileFeed(one: FeedCase, clock: () => number) {
  const keys = {
    issuer: generateKey('ES256', { kid: 'issuer' }),
    stranger: generateKey('ES256', { kid: 'issuer' }),
    withdrawn: generateKey('ES256', { kid: 'withdrawn' }),
  }
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const forgetAt = clock() + 3600
  const timers = new Set<NodeJS.Timeout>()
  const held: (() => void)[] = []
  let asked = 0
  let isGood = false

  const sign = ({ claims = {}, typ = 'revocations+jwt', key = 'issuer', edit }: BatchRecipe) => {
    const now = clock()
    const all: Record<string, unknown> = { iss: issuer, exp: 600, iat: 0, ...claims }
    for (const name of ['iat', 'exp']) {
      if (typeof all[name] === 'number') all[name] += now
    }
    for (const [name, value] of Object.entries(all)) if (value === null) delete all[name]
    const token = createSigner({ key: keys[key], typ })(all as unknown as ClaimsToSign)
    return edit === undefined ? token : edits[edit](token)
  }
  const first = sign({
    claims: {
      cursor: '1',
      sessions: [[REVOKED_BEFORE, forgetAt]],
      keys: [['withdrawn', forgetAt]],
    },
  })
  const next = (recipe: BatchRecipe) =>
    sign({
      ...recipe,
      claims: { from: '1', cursor: '2', sessions: [[VICTIM, forgetAt]], ...recipe.claims },
    })
  const good = () =>
    sign({ claims: { from: '1', cursor: '2', sessions: [[REVOKED_AFTER, forgetAt]] } })

  const send = (part: FeedPart, out: ServerResponse): void => {
    if ('batch' in part) out.write(event(next(part.batch)))
    if ('raw' in part) out.write(part.raw)
    if ('flood' in part) out.write(part.flood[1].repeat(part.flood[0]))
    if ('drip' in part) timers.add(setInterval(() => out.write(':\n'), dripMilliseconds))
    if ('end' in part) out.end()
    if ('cut' in part) out.write('\n', () => out.destroy())
  }

  const answerFeed = (request: IncomingMessage, out: ServerResponse): void => {
    asked++
    const attempt = asked
    const isStream = request.headers.accept === 'text/event-stream'
    if (isStream) out.writeHead(200, { 'content-type': 'text/event-stream' })
    if (attempt === 1) {
      if (!isStream) return void out.end(JSON.stringify({ revocations: first }))
      out.write(event(first))
      for (const part of one.stream ?? []) send(part, out)
      return
    }
    if (attempt === 2 && one.page !== undefined) return attackPage(one.page, out)
    const answer = () => {
      if (isStream) out.write(event(good()))
      else out.end(JSON.stringify({ revocations: good() }))
    }
    if (isGood) answer()
    else held.push(answer)
  }

  const attackPage = (page: NonNullable<FeedCase['page']>, out: ServerResponse): void => {
    const { status = 200, headers = {}, body, batch, flood } = page
    out.writeHead(status, { 'content-type': 'application/json', ...headers })
    if (batch !== undefined) out.end(JSON.stringify({ revocations: next(batch) }))
    else if (flood !== undefined) out.end(`{"revocations":"${flood[1].repeat(flood[0])}"}`)
    else out.end(body)
  }

  server.on('request', (request, out) => {
    const { pathname } = new URL(request.url ?? '', issuer)
    if (pathname === '/v1/revocations') return answerFeed(request, out)
    const documents: Record<string, unknown> = {
      '/.well-known/oauth-authorization-server': {
        issuer,
        jwks_uri: `${issuer}/keys`,
        revocations_endpoint: `${issuer}/v1/revocations`,
      },
      '/keys': { keys: [exportJwk(keys.issuer), exportJwk(keys.withdrawn)] },
    }
    out.end(JSON.stringify(documents[pathname]))
  })

  return {
    issuer,
    /** Times that the feed was asked for. */
    get asked() {
      return asked
    },
    becomeGood(): void {
      isGood = true
      for (const answer of held) answer()
    },
    async close(): Promise<void> {
      for (const timer of timers) clearInterval(timer)
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const edits = {
  flip_signature: flipSignature,
  drop_signature: dropSignature,
  alg_none(token: string): string {
    const [, payload] = token.split('.')
    const header = Buffer.from('{"alg":"none","typ":"revocations+jwt"}').toString('base64url')
    return `${header}.${payload}.AAAA`
  },
}

function event(token: string): string {
  return `id: x\nevent: revocations\ndata: ${token}\n\n`
}

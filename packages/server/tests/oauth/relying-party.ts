import { createHash, randomBytes } from 'node:crypto'

import { defaultClientSettings, type ClientSettings } from '../../src/domain/client.ts'
import type { UserId } from '../../src/domain/ids.ts'
import type { OutgoingFetch } from '../../src/http/outgoing-fetch.ts'
import type { MapaeConfig } from '../../src/main.ts'
import type { AskingBrowser } from '../../src/oauth/authorize/authorize.ts'
import { requestUriOf } from '../../src/oauth/authorize/waiting-requests.ts'
import { ADDRESS, createTestMapae, ISSUER } from '../test-mapae.ts'

export const REDIRECT_URI = 'https://app.example.com/callback'
/** From RFC 7636 appendix B. */
export const VERIFIER = 'dBjftJeZ4CVP-mBrcMsUbHoMFRmN3a8EMz6uRK3_1Rk'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

export interface FormAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: any
  readonly text: string
}

/** A server on which somebody may be signed in at the browser, and clients that talk to it. */
export async function createOAuthWorld(
  changes: Partial<MapaeConfig> = {},
  startsAt?: number,
  outgoingFetch?: OutgoingFetch,
) {
  let browser: AskingBrowser | null = null
  const findAskingBrowser = async () => browser
  const server = await createTestMapae(changes, startsAt, {
    findAskingBrowser,
    ...(outgoingFetch === undefined ? {} : { outgoingFetch }),
  })

  async function send(
    method: string,
    path: string,
    form: Iterable<[string, string]> | null,
    headers: Record<string, string> = {},
    address = ADDRESS,
  ): Promise<FormAnswer> {
    const response = await server.mapae.fetch(
      new Request(ISSUER + path, {
        method,
        headers,
        redirect: 'manual',
        body: form === null ? null : new URLSearchParams([...form]),
      }),
      { incoming: { socket: { remoteAddress: address } } },
    )
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    const body = isJson ? JSON.parse(text) : null
    return { status: response.status, headers: response.headers, text, body }
  }

  return {
    ...server,
    server,
    send,
    /** Makes a client; returns its secret when it has one. */
    async createClient(id: string, settings: Partial<ClientSettings> = {}): Promise<string> {
      const made = await server.mapae.clients.create(id, {
        ...defaultClientSettings,
        name: id,
        // By default they are RS256, and making a key for that takes longer than most tests.
        idTokenAlgorithm: 'ES256',
        redirectUris: [REDIRECT_URI],
        scopes: ['openid', 'profile', 'email', 'read'],
        isTrusted: true,
        ...settings,
      })
      return made.secret ?? ''
    },
    /** The user is signed in at the browser from now on. */
    signIn(userId: string, seconds = server.clock.seconds()) {
      browser = {
        id: 'browser-session',
        userId: userId as UserId,
        authenticatedAt: seconds,
        methods: ['pwd'],
      }
    },
    signOut() {
      browser = null
    },
    /** Asks for a code; parameters that are null are left out. */
    authorize(clientId: string, more: Record<string, string | null> = {}) {
      return send('GET', `/oauth/authorize?${query(clientId, more)}`, null)
    },
    /** Asks for a code and takes it from the redirect. */
    async code(clientId: string, more: Record<string, string | null> = {}): Promise<string> {
      return codeIn(await send('GET', `/oauth/authorize?${query(clientId, more)}`, null))
    },
    /** The user at the browser says yes where they were asked; the answer to the client. */
    async consent(asked: FormAnswer): Promise<FormAnswer> {
      const { pathname, searchParams } = locationOf(asked)!
      if (pathname !== '/consent') throw new Error(`nobody asks for consent: ${pathname}`)
      const id = searchParams.get('request')!
      const { waitingRequests, grantConsent } = server.mapae.oauth
      const waiting = (await waitingRequests.find(id))!
      if (!(await grantConsent(browser!.userId, waiting, null))) throw new Error('it is over')
      const again = { client_id: waiting.request.clientId, request_uri: requestUriOf(id) }
      return send('GET', `/oauth/authorize?${new URLSearchParams(again).toString()}`, null)
    },
    token(form: Record<string, string> | [string, string][], headers?: Record<string, string>) {
      const pairs = Array.isArray(form) ? form : Object.entries(form)
      return send('POST', '/oauth/token', pairs, headers)
    },
    /** Exchanges a code of a public client. */
    exchange(clientId: string, code: string, more: Record<string, string> = {}) {
      const form = { client_id: clientId, code, code_verifier: VERIFIER, ...more }
      const pairs = Object.entries({ grant_type: 'authorization_code', ...form })
      return send('POST', '/oauth/token', pairs)
    },
  }
}

export type OAuthWorld = Awaited<ReturnType<typeof createOAuthWorld>>

export function query(clientId: string, more: Record<string, string | null> = {}): string {
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    scope: 'openid read',
    state: 'a-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...more,
  }
  const given = Object.entries(parameters).filter(
    (pair): pair is [string, string] => pair[1] !== null,
  )
  return new URLSearchParams(given).toString()
}

export function locationOf({ headers }: FormAnswer): URL | null {
  const location = headers.get('location')
  return location === null ? null : new URL(location)
}

/** Where a page lets a person go on to, in place of a redirect. */
export function wayOnIn({ text }: Pick<FormAnswer, 'text'>): string {
  const href = /<a class="button quiet" href="([^"]+)"/.exec(text)?.[1]
  if (href === undefined) throw new Error(`leads nowhere: ${text}`)
  return href.replaceAll('&amp;', '&')
}

/** What the client is told, at once or when the person at the browser goes on. */
export function errorIn(answer: FormAnswer): string | null {
  const { searchParams } = locationOf(answer) ?? new URL(wayOnIn(answer))
  return searchParams.get('error')
}

export function basic(clientId: string, secret: string): Record<string, string> {
  const encoded = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`)
  return { Authorization: `Basic ${encoded.toString('base64')}` }
}

export function codeIn(answer: FormAnswer): string {
  const code = locationOf(answer)?.searchParams.get('code') ?? null
  if (code === null) throw new Error(`no code: ${answer.status} ${answer.text}`)
  return code
}

/** The claims of a token that is not verified here. */
export function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

export function randomVerifier() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

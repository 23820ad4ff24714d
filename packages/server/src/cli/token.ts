import {
  createVerifier,
  decodeUnverified,
  NO_AUDIENCE,
  TokenError,
  type UnverifiedToken,
} from '@mapae/jwt'
import type { Command } from 'commander'

import { ConfigurationError } from '../domain/errors.ts'
import type { SessionId } from '../domain/ids.ts'
import type { Mapae } from '../main.ts'
import { CommandFailure } from './failure.ts'
import { operate } from './operate.ts'
import { durationText, instantText, readSecret, table, type Terminal } from './terminal.ts'

interface Verdict {
  readonly verified: boolean
  /** Whether there was a key to try; without one nothing is known. */
  readonly tried: boolean
  readonly sentence: string
  readonly session?: string
}

export function addTokenCommands(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('access and refresh tokens')
    .command('inspect')
    .description(
      'show what a token says and whether this server signed it; it is piped in or asked for',
    )
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const written = (await readSecret(terminal, 'Token')).trim()
      const token = decode(written)
      const { verdict, now } = await inspect(terminal, written, token)
      const { header, claims } = token
      terminal.print(
        options.json
          ? `${JSON.stringify({ ...verdict, header, claims })}\n`
          : report(verdict, token, now),
      )
      if (verdict.tried && !verdict.verified) {
        throw new CommandFailure('verificationFailed', 'The token did not verify.')
      }
    })
}

function decode(written: string): UnverifiedToken {
  try {
    return decodeUnverified(written)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    throw new CommandFailure('verificationFailed', `NOT VERIFIED: no JWT (${error.code}).`)
  }
}

async function inspect(
  terminal: Terminal,
  written: string,
  token: UnverifiedToken,
): Promise<{ verdict: Verdict; now: number }> {
  try {
    return await operate(terminal, async (mapae) => {
      const verdict = verify(mapae, written, token)
      const session = await sessionState(mapae, token.claims['sid'])
      return { verdict: { ...verdict, ...session }, now: mapae.clock.seconds() }
    })
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const sentence = `NOT VERIFIED: there are no keys at hand. ${error.message}`
    return { verdict: { verified: false, tried: false, sentence }, now: Date.now() / 1000 }
  }
}

/** Issuer and audience are taken from the token: the question here is who signed it, and when. */
function verify(mapae: Mapae, written: string, { header, claims }: UnverifiedToken): Verdict {
  const isRefreshToken = header.typ === 'rt+jwt'
  const { accessToken, refreshToken } = mapae.signingKeys
  const issuer = text(claims['iss'] ?? '-')
  const audience = text(claims['aud'] ?? '-')
  try {
    createVerifier({
      keys: (isRefreshToken ? refreshToken : accessToken).verifying,
      typ: isRefreshToken ? 'rt+jwt' : 'at+jwt',
      issuer,
      audience: isRefreshToken ? NO_AUDIENCE : audience,
      clock: () => mapae.clock.seconds(),
    })(written)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const sentence = `NOT VERIFIED: ${error.message} (${error.code}).`
    return { verified: false, tried: true, sentence }
  }
  const sentence = `Verified: signed by this server with key ${header.kid}, and in its time.`
  return { verified: true, tried: true, sentence }
}

async function sessionState({ stores }: Mapae, sid: unknown): Promise<{ session?: string }> {
  const session = typeof sid === 'string' ? await stores.sessions.find(sid as SessionId) : null
  if (session === null) return {}
  if (session.endedAt === null) return { session: 'open' }
  return { session: `ended ${instantText(session.endedAt)} (${session.endedReason})` }
}

const meanings: Readonly<Record<string, string>> = {
  iss: 'issuer',
  sub: 'user',
  aud: 'resource server',
  exp: 'expires',
  nbf: 'not before',
  iat: 'issued',
  jti: 'token id',
  client_id: 'client',
  sid: 'session',
  gen: 'generation of the refresh token',
  scope: 'scope',
}

const instants = new Set(['exp', 'nbf', 'iat', 'auth_time'])

function report(verdict: Verdict, { header, claims }: UnverifiedToken, now: number): string {
  const headerRows = Object.entries(header).map(([name, value]) => [`  ${name}`, text(value)])
  const claimRows = Object.entries(claims).map(([name, value]) => {
    const meaning = meanings[name] ?? ''
    return instants.has(name) && typeof value === 'number'
      ? [`  ${name}`, text(value), `${meaning} ${instantText(value)}, ${distance(value, now)}`]
      : [`  ${name}`, text(value), meaning]
  })
  const session = verdict.session === undefined ? '' : `Session: ${verdict.session}\n`
  return `${verdict.sentence}\n${session}\nHeader\n${table(headerRows)}\nClaims\n${table(claimRows)}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function distance(instant: number, now: number): string {
  const duration = durationText(instant - now)
  return instant >= now ? `in ${duration}` : `${duration} ago`
}

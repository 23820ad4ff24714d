import type { Story } from '../demo/step.ts'
import { readTokenPair, type TokenPair } from '../demo/tokens.ts'
import { decodeToken, textOf } from '../jwt-text.ts'
import type { Text } from '../language.ts'

/** Exchanges a refresh token as a step. */
export async function exchange(
  story: Story,
  title: Text,
  refreshToken: string,
  attemptKey: string,
  meaning: Text,
): Promise<TokenPair> {
  const { json } = await story.send(title, refreshRequest(refreshToken, attemptKey), 200, meaning)
  return readTokenPair(json)
}

export function refreshRequest(refreshToken: string, attemptKey: string) {
  return {
    method: 'POST',
    path: '/v1/refresh',
    headers: { 'Idempotency-Key': attemptKey },
    json: { refresh_token: refreshToken },
  } as const
}

export function generationOf(refreshToken: string): number {
  return Number(decodeToken(refreshToken).claims?.['gen'])
}

export function sessionOf(refreshToken: string): string {
  return textOf(decodeToken(refreshToken).claims?.['sid'])
}

import { signal } from '@preact/signals'

import type { Text } from '../language.ts'
import {
  API_PATH,
  askForGuest,
  createStory,
  signInAsGuest,
  StoryEnd,
  type Step,
  type Story,
} from './step.ts'
import { readTokenPair, tokens, type TokenPair } from './tokens.ts'

const LEAST_SECONDS_LEFT_AFTER = 2

export const walkSteps = signal<readonly Step[]>([])
export const walkState = signal<'ready' | 'running' | 'waiting' | 'finished' | 'failed'>('ready')

/** Ends the waiting; null while there is none. */
let skip: (() => void) | null = null

/** The visitor does not want to wait for the end of the access token. */
export function skipTheWait(): void {
  skip?.()
}

/** The one click: sign in, call, expire, renew, call again. */
export async function walk(): Promise<void> {
  if (walkState.value === 'running' || walkState.value === 'waiting') return
  walkSteps.value = []
  tokens.value = null
  walkState.value = 'running'
  const story = createStory(walkSteps)
  try {
    const first = await signInAsGuest(story, await askForGuest(story))
    tokens.value = first
    await callApi(story, CALLS.first, first, 0)
    walkState.value = 'waiting'
    const ahead = await untilExpired(story, first)
    walkState.value = 'running'
    await callApi(story, CALLS.expired, first, ahead)
    const second = await renew(story, first)
    tokens.value = second
    await callApi(story, CALLS.again, second, ahead)
    walkState.value = 'finished'
  } catch (error) {
    walkState.value = 'failed'
    if (!(error instanceof StoryEnd)) throw error
  }
}

/** Ends the session: the last step of every visit. */
export async function signOut(): Promise<void> {
  const held = tokens.value
  if (held === null) return
  const story = createStory(walkSteps)
  await story.send(
    { en: 'Sign out', ko: '로그아웃' },
    { method: 'POST', path: '/v1/logout', json: { refresh_token: held.refreshToken } },
    204,
    {
      en: 'The session is over, for good. Neither token is worth anything at this server now.',
      ko: '세션이 완전히 끝났습니다. 두 토큰 모두 이 서버에서 더는 쓸 수 없습니다.',
    },
  )
  tokens.value = null
  walkState.value = 'ready'
}

interface Call {
  readonly title: Text
  readonly expect: 200 | 401
  readonly meaning: Text
}

const CALLS = {
  first: {
    title: { en: 'Call an API', ko: 'API 호출' },
    expect: 200,
    meaning: {
      en: 'The API checked signature, issuer, audience and time by itself, without a query.',
      ko: 'API가 쿼리 없이 서명, 발급자, 오디언스, 시각을 스스로 확인했습니다.',
    },
  },
  expired: {
    title: { en: 'Call the API with it', ko: '그 토큰으로 API 호출' },
    expect: 401,
    meaning: {
      en: 'Refused: expired. The API looked at the token alone.',
      ko: '만료되어 거부되었습니다. API는 토큰만 보고 판단했습니다.',
    },
  },
  again: {
    title: { en: 'Call the API again', ko: 'API 다시 호출' },
    expect: 200,
    meaning: {
      en: 'The visitor noticed nothing: no password, no redirect.',
      ko: '사용자는 아무것도 느끼지 못합니다. 비밀번호도, 화면 이동도 없습니다.',
    },
  },
} as const satisfies Record<string, Call>

async function callApi(
  story: Story,
  { title, expect, meaning }: Call,
  { accessToken }: TokenPair,
  secondsAhead: number,
): Promise<void> {
  const headers = secondsAhead > 0 ? { 'X-Demo-Clock-Ahead': String(secondsAhead) } : {}
  await story.send(title, { method: 'GET', path: API_PATH, accessToken, headers }, expect, meaning)
}

async function renew(story: Story, { refreshToken }: TokenPair): Promise<TokenPair> {
  const { json } = await story.send(
    { en: 'Renew with the refresh token', ko: '리프레시 토큰으로 갱신' },
    {
      method: 'POST',
      path: '/v1/refresh',
      headers: { 'Idempotency-Key': crypto.randomUUID() },
      json: { refresh_token: refreshToken },
    },
    200,
    {
      en: 'A new pair. The old refresh token is spent: whoever shows it later gives a theft away.',
      ko: '새 토큰 한 쌍을 받았습니다. 쓴 리프레시 토큰을 나중에 다시 내미는 쪽은 도난을 드러내게 됩니다.',
    },
  )
  return readTokenPair(json)
}

/**
 * Waits for the end of the access token. When the visitor does not, the API is asked how it will
 * answer by then: returns by how many seconds its clock is to be ahead.
 */
async function untilExpired(story: Story, pair: TokenPair): Promise<number> {
  const finish = story.wait({ en: 'The access token runs out', ko: '액세스 토큰이 만료되기까지' })
  const left = () => Math.ceil(pair.accessExpiresAt - Date.now() / 1000) + 1
  const isSkipped = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), left() * 1000)
    skip = () => {
      clearTimeout(timer)
      resolve(true)
    }
  })
  skip = null
  if (!isSkipped) {
    finish({ en: 'It has expired.', ko: '만료되었습니다.' })
    return 0
  }
  const life = pair.accessExpiresAt - pair.issuedAt
  // The next token must outlast the difference too.
  const tooEarly = left() + LEAST_SECONDS_LEFT_AFTER - life
  if (tooEarly > 0) await new Promise((resolve) => setTimeout(resolve, tooEarly * 1000))
  const ahead = Math.max(1, left())
  finish({
    en: `Not waited for: the clock of the API goes ${ahead} s ahead from here on, by a header.`,
    ko: `기다리지 않았습니다. 지금부터 헤더로 API의 시계를 ${ahead}초 앞당깁니다.`,
  })
  return ahead
}

import { API_PATH, signInAsGuest } from '../demo/step.ts'
import type { Experiment } from './experiment.ts'

const EVERY_MILLISECONDS = 20
const LONGEST_MILLISECONDS = 5000
const PROMISED_MILLISECONDS = 1000

/** Asks until the API refuses; returns how long that took, or null when it never did. */
async function millisecondsUntilRefused(accessToken: string, since: number) {
  while (performance.now() - since < LONGEST_MILLISECONDS) {
    const { status } = await fetch(API_PATH, {
      headers: { Authorization: `Bearer ${accessToken}` },
      cache: 'no-store',
    })
    if (status === 401) return Math.round(performance.now() - since)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MILLISECONDS))
  }
  return null
}

export const revoke: Experiment = {
  id: 'revoke',
  title: { en: 'Revoke', ko: '폐기하기' },
  claim: {
    en: 'A signed token cannot be taken back, they say. An API that follows the feed knows within a second.',
    ko: '서명된 토큰은 되돌릴 수 없다고들 합니다. 피드를 따르는 API는 1초 안에 압니다.',
  },
  rule: { page: 'security', heading: 5 },
  async run(story, stage) {
    const { accessToken, refreshToken } = await signInAsGuest(story)
    const call = { method: 'GET', path: API_PATH, accessToken } as const
    await story.send({ en: 'Call the API', ko: 'API 호출' }, call, 200, {
      en: 'It verifies the signature and has a list of what was revoked, in memory.',
      ko: '서명을 검증하고, 메모리에 있는 폐기 목록을 봅니다.',
    })
    await story.send(
      { en: 'End the session, from elsewhere', ko: '다른 곳에서 세션 종료' },
      { method: 'POST', path: '/v1/logout', json: { refresh_token: refreshToken } },
      204,
      { en: 'The API is told over its feed, not asked.', ko: 'API에 묻지 않고 피드로 알립니다.' },
    )
    const since = performance.now()
    const finish = story.wait({
      en: 'Ask the API until it refuses',
      ko: 'API가 거부할 때까지 호출',
    })
    const milliseconds = await millisecondsUntilRefused(accessToken, since)
    if (milliseconds === null || milliseconds > PROMISED_MILLISECONDS) {
      stage.fail({ en: 'The API still believes it.', ko: 'API가 아직 믿고 있습니다.' })
    }
    finish({ en: `After ${milliseconds} ms.`, ko: `${milliseconds}ms 뒤입니다.` })
    await story.send(
      { en: 'The token would be good for a minute', ko: '수명이 1분 남은 토큰으로 호출' },
      call,
      401,
      {
        en: 'Refused: the session has ended.',
        ko: '세션이 끝났으므로 거부됩니다.',
      },
    )
    return {
      en: `Refused after ${milliseconds} ms, without a query for each call.`,
      ko: `호출마다 쿼리를 하지 않고도 ${milliseconds}ms 만에 거부했습니다.`,
    }
  },
}

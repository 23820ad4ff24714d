import { API_PATH, signInAsGuest } from '../demo/step.ts'
import type { Experiment } from './experiment.ts'
import { exchange, generationOf, refreshRequest } from './refresh.ts'

export const lose: Experiment = {
  id: 'lose',
  title: { en: 'Lose a response', ko: '응답 잃어버리기' },
  claim: {
    en: 'The server renews, and its answer never arrives. The same attempt again gets it.',
    ko: '서버는 갱신했지만 응답이 도착하지 않습니다. 같은 시도를 다시 보내면 받습니다.',
  },
  rule: { page: 'rotation', heading: 1 },
  async run(story, stage) {
    const { refreshToken } = await signInAsGuest(story)
    const attemptKey = crypto.randomUUID()
    await story.send(
      { en: 'Renew, and lose the answer', ko: '갱신 요청, 응답 유실' },
      { ...refreshRequest(refreshToken, attemptKey), isLost: true },
      200,
      {
        en: 'The page throws the answer away unread. For the server this token is spent now.',
        ko: '페이지가 응답을 읽지 않고 버립니다. 서버에게 이 토큰은 이미 쓴 토큰입니다.',
      },
    )
    const again = await exchange(
      story,
      { en: 'The same attempt again', ko: '같은 시도를 다시' },
      refreshToken,
      attemptKey,
      {
        en: 'The attempt key says that it is the same one: the answer comes again.',
        ko: '시도 키가 같은 시도임을 알려 주므로 같은 응답을 다시 줍니다.',
      },
    )
    if (generationOf(again.refreshToken) !== 2) {
      stage.fail({ en: 'That is another generation.', ko: '다른 세대의 토큰입니다.' })
    }
    await story.send(
      { en: 'Call the API', ko: 'API 호출' },
      { method: 'GET', path: API_PATH, accessToken: again.accessToken },
      200,
      { en: 'Works.', ko: '동작합니다.' },
    )
    return { en: 'Still signed in.', ko: '로그인이 유지됩니다.' }
  },
}

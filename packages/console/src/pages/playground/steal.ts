import { signInAsGuest } from '../demo/step.ts'
import type { Experiment } from './experiment.ts'
import { Family, serverEvents, turns, type ServerEvent, type Turn } from './family.tsx'
import { exchange, generationOf, refreshRequest, sessionOf } from './refresh.ts'

const OUT = { en: 'Out: the session has ended.', ko: '나갔습니다. 세션이 끝났습니다.' }

function record(turn: Turn): void {
  turns.value = [...turns.value, turn]
}

export const steal: Experiment = {
  id: 'steal',
  title: { en: 'Steal the refresh token', ko: '리프레시 토큰 훔치기' },
  claim: {
    en: 'A copy is taken and used later. Nobody can tell owner from thief, so both are out at once.',
    ko: '복사본을 빼돌려 나중에 씁니다. 주인과 도둑을 구별할 수 없으므로 둘 다 곧바로 내보냅니다.',
  },
  rule: { page: 'rotation', heading: 2 },
  picture: Family,
  async run(story) {
    turns.value = []
    serverEvents.value = []
    const first = await signInAsGuest(story)
    record({ who: 'owner', generation: 1, text: { en: 'signs in', ko: '로그인' } })
    const copy = first.refreshToken
    record({ who: 'thief', generation: 1, text: { en: 'takes a copy', ko: '복사본 탈취' } })
    let held = first
    for (const attemptKey of ['owner-attempt-1', 'owner-attempt-2']) {
      held = await exchange(
        story,
        { en: 'The owner renews', ko: '주인이 갱신' },
        held.refreshToken,
        attemptKey,
        { en: 'Each exchange makes the next generation.', ko: '교환할 때마다 다음 세대가 됩니다.' },
      )
      const generation = generationOf(held.refreshToken)
      record({ who: 'owner', generation, text: { en: 'renews', ko: '갱신' } })
    }
    await story.send(
      { en: 'The thief shows the copy', ko: '도둑이 복사본을 제시' },
      refreshRequest(copy, 'thief-attempt-1'),
      400,
      {
        en: 'An old generation: somebody has a copy. The session ends for everybody.',
        ko: '오래된 세대입니다. 누군가 복사본을 가졌다는 뜻이므로 주인과 도둑 모두의 세션을 끝냅니다.',
      },
    )
    record({
      who: 'thief',
      generation: 1,
      isRefused: true,
      text: { en: 'is refused', ko: '거부됨' },
    })
    await story.send(
      { en: 'The owner’s newest refresh token', ko: '주인의 최신 리프레시 토큰' },
      refreshRequest(held.refreshToken, 'owner-attempt-3'),
      400,
      OUT,
    )
    await story.send(
      { en: 'And the owner’s access token', ko: '주인의 액세스 토큰' },
      { method: 'GET', path: '/v1/me', accessToken: held.accessToken },
      401,
      OUT,
    )
    const generation = generationOf(held.refreshToken)
    record({
      who: 'owner',
      generation,
      isRefused: true,
      text: { en: 'must sign in again', ko: '다시 로그인해야 함' },
    })
    const { json } = await story.send(
      { en: 'What the server wrote down', ko: '서버가 남긴 기록' },
      { method: 'POST', path: '/demo/session', json: { session_id: sessionOf(copy) } },
      200,
      { en: 'The theft is an event.', ko: '도난이 이벤트로 남습니다.' },
    )
    serverEvents.value = json['events'] as readonly ServerEvent[]
    return {
      en: 'Both are out. The owner signs in again; the thief cannot.',
      ko: '둘 다 나갔습니다. 주인은 다시 로그인하면 되지만 도둑은 그럴 수 없습니다.',
    }
  },
}

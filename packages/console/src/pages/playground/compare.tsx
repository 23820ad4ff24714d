import { signal } from '@preact/signals'

import { API_PATH, signInAsGuest } from '../demo/step.ts'
import { say, type Text } from '../language.ts'
import type { Experiment } from './experiment.ts'

const CALLS = 20
const SESSION_PATH = '/demo/api/orders-by-session'

interface Tally {
  readonly calls: number
  readonly queries: number
  readonly milliseconds: number
}

const NOTHING: Tally = { calls: 0, queries: 0, milliseconds: 0 }
const bySession = signal(NOTHING)
const byToken = signal(NOTHING)

/** Calls and adds up what the server counted. */
async function measure(
  tally: typeof bySession,
  path: string,
  headers: Record<string, string>,
): Promise<void> {
  for (let call = 0; call < CALLS; call++) {
    const start = performance.now()
    const answer = await fetch(path, { headers, cache: 'no-store' })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
    const { calls, queries, milliseconds } = tally.value
    tally.value = {
      calls: calls + 1,
      queries: queries + Number(answer.headers.get('x-demo-queries')),
      milliseconds: milliseconds + performance.now() - start,
    }
  }
}

export const compare: Experiment = {
  id: 'compare',
  title: { en: 'Session-style against token-style', ko: '세션 방식과 토큰 방식 비교' },
  claim: {
    en: 'A session cookie means nothing by itself: each call asks the database. A signed token says it all.',
    ko: '세션 쿠키는 그 자체로 아무 뜻이 없어 호출마다 데이터베이스에 묻습니다. 서명된 토큰은 스스로 말합니다.',
  },
  rule: { page: 'security', heading: 2 },
  picture: Comparison,
  async run(story, stage) {
    bySession.value = NOTHING
    byToken.value = NOTHING
    const { accessToken } = await signInAsGuest(story)
    await story.send(
      { en: 'Get a session cookie too', ko: '세션 쿠키도 받기' },
      { method: 'POST', path: '/demo/session-style', accessToken, json: {}, withCookies: true },
      204,
      {
        en: 'Opaque and random; scripts cannot see it.',
        ko: '불투명한 무작위 값이고 스크립트는 볼 수 없습니다.',
      },
    )
    await story.send(
      { en: 'A call, session-style', ko: '세션 방식 호출' },
      { method: 'GET', path: SESSION_PATH, withCookies: true },
      200,
      {
        en: 'X-Demo-Queries: counted where the statements go to the database.',
        ko: 'X-Demo-Queries는 데이터베이스로 보낸 SQL 문을 센 값입니다.',
      },
    )
    await story.send(
      { en: 'A call, token-style', ko: '토큰 방식 호출' },
      { method: 'GET', path: API_PATH, accessToken },
      200,
      { en: 'The same answer.', ko: '같은 응답입니다.' },
    )
    const finish = story.wait({
      en: `${CALLS} calls of each kind`,
      ko: `방식마다 ${CALLS}번씩 호출`,
    })
    await measure(bySession, SESSION_PATH, {})
    await measure(byToken, API_PATH, { Authorization: `Bearer ${accessToken}` })
    finish({ en: 'One after the other.', ko: '차례로 호출했습니다.' })
    const [session, token] = [bySession.value.queries, byToken.value.queries]
    if (token !== 0 || session < CALLS) {
      stage.fail({ en: 'Other numbers than promised.', ko: '약속과 다른 숫자입니다.' })
    }
    return {
      en: `${session} queries against none, for the same ${CALLS} calls.`,
      ko: `같은 ${CALLS}번 호출에 쿼리 ${session}번 대 0번입니다.`,
    }
  },
}

function Comparison() {
  if (bySession.value.calls === 0) return null
  return (
    <div class="comparison">
      <Side title={{ en: 'Session-style', ko: '세션 방식' }} tally={bySession.value} />
      <Side title={{ en: 'Token-style', ko: '토큰 방식' }} tally={byToken.value} />
    </div>
  )
}

function Side({ title, tally: { calls, queries, milliseconds } }: { title: Text; tally: Tally }) {
  return (
    <section>
      <h4>{say(title)}</h4>
      <p class="number">
        <b>{queries}</b> {say({ en: 'queries', ko: '쿼리' })}
      </p>
      <p class="quiet">
        {say({
          en: `${calls} calls, ${milliseconds.toFixed(0)} ms`,
          ko: `호출 ${calls}번, ${milliseconds.toFixed(0)}ms`,
        })}
      </p>
    </section>
  )
}

import { signal } from '@preact/signals'

import { API_PATH, signInAsGuest } from '../demo/step.ts'
import { decodeToken } from '../jwt-text.ts'
import { say } from '../language.ts'
import { Json, TokenText } from '../token-text.tsx'
import type { Experiment } from './experiment.ts'

const forgedToken = signal<string | null>(null)
const SOMEBODY_ELSE = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The same token for somebody else, its signature left as it is. */
function forge(accessToken: string): string {
  const { parts, claims } = decodeToken(accessToken)
  const changed = JSON.stringify({ ...claims, sub: SOMEBODY_ELSE })
  const payload = btoa(changed).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return [parts[0], payload, parts[2]].join('.')
}

export const changePayload: Experiment = {
  id: 'change',
  title: { en: 'Change the payload', ko: '페이로드 바꾸기' },
  claim: {
    en: 'Anybody can read a token and write another name into it. The signature tells.',
    ko: '토큰은 누구나 읽고 다른 이름을 써 넣을 수 있습니다. 하지만 서명 때문에 들통납니다.',
  },
  rule: { page: 'security', heading: 2 },
  picture: Forged,
  async run(story) {
    forgedToken.value = null
    const { accessToken } = await signInAsGuest(story)
    const call = { method: 'GET', path: API_PATH } as const
    await story.send(
      { en: 'Call the API with the token', ko: '받은 토큰으로 API 호출' },
      { ...call, accessToken },
      200,
      { en: 'As it was issued, it passes.', ko: '발급된 그대로이므로 통과합니다.' },
    )
    const forged = forge(accessToken)
    forgedToken.value = forged
    const reason = {
      en: 'The signature is for another payload.',
      ko: '서명이 다른 페이로드의 것입니다.',
    }
    await story.send(
      { en: `Call it with another user in “sub”`, ko: '“sub”를 다른 사용자로 바꿔 호출' },
      { ...call, accessToken: forged },
      401,
      reason,
    )
    await story.send(
      { en: 'And this server with the same token', ko: '같은 토큰으로 이 서버를 호출' },
      { method: 'GET', path: '/v1/me', accessToken: forged },
      401,
      reason,
    )
    return {
      en: 'Refused by both, from the signature alone.',
      ko: '두 곳 모두 서명만 보고 거부했습니다.',
    }
  },
}

function Forged() {
  const token = forgedToken.value
  if (token === null) return null
  return (
    <div>
      <h4>{say({ en: 'What was sent', ko: '보낸 토큰' })}</h4>
      <TokenText token={token} />
      <Json value={decodeToken(token).claims} kind="payload" />
    </div>
  )
}

import { render } from 'preact'

import { Steps } from './demo/steps-view.tsx'
import { TokenCards } from './demo/token-cards.tsx'
import { tokens } from './demo/tokens.ts'
import { signOut, skipTheWait, walk, walkState, walkSteps } from './demo/walk.ts'
import { Frame } from './frame.tsx'
import { say } from './language.ts'
import { shareTokens } from './open-tokens.ts'
import { Playground } from './playground/playground.tsx'

function DemoPage() {
  return (
    <Frame path="/demo">
      <section class="hero">
        <h1>{say({ en: 'Watch tokens at work', ko: '토큰이 일하는 모습을 지켜보세요' })}</h1>
        <p class="lead">
          {say({
            en: 'One click signs in at this server, calls an API, lets the access token expire, renews it and calls again. Nothing is staged: each step is a request that your browser sends, and you see all of it.',
            ko: '클릭 한 번이면 이 서버에 로그인하고, API를 호출하고, 액세스 토큰이 만료되고, 갱신하고, 다시 호출합니다. 연출은 없습니다. 모든 단계는 브라우저가 실제로 보내는 요청이며 전부 볼 수 있습니다.',
          })}
        </p>
        <Controls />
      </section>
      {walkSteps.value.length > 0 && (
        <div class="stage">
          <Steps steps={walkSteps.value} label={say({ en: 'What happened', ko: '일어난 일' })} />
          <TokenCards />
        </div>
      )}
      <Playground />
    </Frame>
  )
}

function Controls() {
  const state = walkState.value
  const isBusy = state === 'running' || state === 'waiting'
  return (
    <div class="controls">
      <button type="button" class="main" disabled={isBusy} onClick={() => void walk()}>
        {state === 'ready'
          ? say({ en: 'Sign in as guest', ko: '게스트로 로그인' })
          : say({ en: 'Once more', ko: '한 번 더' })}
      </button>
      {state === 'waiting' && (
        <button type="button" onClick={skipTheWait}>
          {say({ en: 'Do not wait for the expiry', ko: '만료를 기다리지 않기' })}
        </button>
      )}
      {!isBusy && tokens.value !== null && (
        <button type="button" onClick={() => void signOut()}>
          {say({ en: 'Sign out', ko: '로그아웃' })}
        </button>
      )}
      <p role="status" class="quiet">
        {say(STATUS[state])}
      </p>
    </div>
  )
}

const STATUS = {
  ready: { en: '', ko: '' },
  running: { en: 'Working…', ko: '진행 중…' },
  waiting: {
    en: 'Signed in. The access token lives for a minute; the rest happens by itself.',
    ko: '로그인했습니다. 액세스 토큰의 수명은 1분이고, 나머지는 저절로 진행됩니다.',
  },
  finished: { en: 'Done: renewed without a password.', ko: '완료: 비밀번호 없이 갱신했습니다.' },
  failed: { en: 'This did not go as it should.', ko: '예상대로 진행되지 않았습니다.' },
} as const

shareTokens(() => tokens.value)
render(<DemoPage />, document.getElementById('page')!)

import { signal } from '@preact/signals'
import type { Key } from '@mapae/jwt'
import { render } from 'preact'

import { Frame } from './frame.tsx'
import { Claims, Readable, Size } from './inspector/details.tsx'
import { findTokens } from './inspector/find-tokens.ts'
import { judge, type Judgement } from './inspector/judge.ts'
import { samples } from './inspector/samples.ts'
import { checkSignature, loadKeys, type SignatureFinding } from './inspector/signature.ts'
import { Timeline } from './inspector/timeline.tsx'
import { decodeToken, textOf, type DecodedToken } from './jwt-text.ts'
import { say, type Text } from './language.ts'
import { now } from './moment.ts'
import { askForTokens } from './open-tokens.ts'
import { Sign } from './sign.tsx'
import { TokenText } from './token-text.tsx'

const issuer =
  document.querySelector<HTMLMetaElement>('meta[name="mapae-issuer"]')?.content ?? location.origin

interface Inspected {
  readonly token: DecodedToken
  readonly signature: SignatureFinding
}

const pasted = signal('')
const inspected = signal<readonly Inspected[]>([])
const chosen = signal(0)
const notice = signal<Text | null>(null)

/** Null when they could not be fetched. */
async function keysOrNull(): Promise<readonly Key[] | null> {
  return loadKeys().catch(() => null)
}

async function inspect(text: string): Promise<void> {
  pasted.value = text
  notice.value = null
  const keys = text.trim() === '' ? null : await keysOrNull()
  const found = await Promise.all(
    findTokens(text).map(async (one) => {
      const token = decodeToken(one)
      return { token, signature: await checkSignature(token, keys) }
    }),
  )
  // What was pasted meanwhile counts.
  if (pasted.value !== text) return
  inspected.value = found
  chosen.value = 0
}

async function pickFromDemo(): Promise<void> {
  const open = await askForTokens()
  if (open === null) {
    notice.value = {
      en: 'No open demo is signed in. Open it in another tab, sign in there, and come back.',
      ko: '로그인된 데모가 없습니다. 다른 탭에서 데모를 열어 로그인한 뒤 다시 시도하세요.',
    }
    return
  }
  await inspect(`${open.accessToken}\n${open.refreshToken}`)
}

function InspectorPage() {
  const all = inspected.value
  const shown = all[chosen.value]
  return (
    <Frame path="/inspector">
      <h1>{say({ en: 'What does this token say?', ko: '이 토큰은 무엇을 말하나요?' })}</h1>
      <p class="lead">
        {say({
          en: 'Paste it. It stays in this page: the browser is told to let nothing out but the request for this server’s public keys.',
          ko: '붙여 넣으세요. 토큰은 이 페이지를 떠나지 않습니다. 브라우저는 이 서버의 공개 키 요청 말고는 아무것도 내보내지 못합니다.',
        })}
      </p>
      <Input />
      {all.length > 1 && <Choice all={all} />}
      {shown !== undefined && <Result shown={shown} all={all} />}
    </Frame>
  )
}

function Input() {
  return (
    <div class="input">
      <label for="token">
        {say({ en: 'Token, or text with tokens in it', ko: '토큰 또는 토큰이 들어 있는 텍스트' })}
      </label>
      <textarea
        id="token"
        rows={4}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={pasted.value}
        onInput={(event) => void inspect(event.currentTarget.value)}
      />
      <div class="buttons">
        <button type="button" onClick={() => void pickFromDemo()}>
          {say({ en: 'Those of the open demo', ko: '열린 데모의 토큰' })}
        </button>
        {samples.map(({ name, text }) => (
          <button key={name.en} type="button" onClick={() => void inspect(text)}>
            {say(name)}
          </button>
        ))}
        <button type="button" disabled={pasted.value === ''} onClick={() => void inspect('')}>
          {say({ en: 'Clear', ko: '지우기' })}
        </button>
      </div>
      <p role="status" class="quiet">
        {notice.value !== null && say(notice.value)}
      </p>
    </div>
  )
}

function Choice({ all }: { all: readonly Inspected[] }) {
  return (
    <div class="choice" role="group" aria-label={say({ en: 'Tokens found', ko: '찾은 토큰' })}>
      {all.map(({ token }, index) => (
        <button
          key={token.text}
          type="button"
          aria-pressed={index === chosen.value}
          onClick={() => (chosen.value = index)}
        >
          {index + 1}. <code>{textOf(token.header?.['typ'] ?? '?')}</code>
        </button>
      ))}
    </div>
  )
}

function Result({ shown, all }: { shown: Inspected; all: readonly Inspected[] }) {
  const { token, signature } = shown
  const second = Math.floor(now.value)
  const judgement = judge(token, signature, issuer, second)
  return (
    <div class="result">
      <Verdict judgement={judgement} />
      <section class="sheet wide" aria-labelledby="text-title">
        <h2 id="text-title">{say({ en: 'The token', ko: '토큰' })}</h2>
        <TokenText token={token.text} />
      </section>
      <Checks judgement={judgement} />
      <Size token={token} />
      <div class="wide">
        <Claims token={token} now={second} />
      </div>
      <div class="wide">
        <Readable token={token} />
      </div>
      <div class="wide">
        <Timeline tokens={all.map((one) => one.token)} now={second} />
      </div>
    </div>
  )
}

function Verdict({ judgement: { tone, verdict, isLive } }: { judgement: Judgement }) {
  return (
    <div class={`verdict wide ${tone}`}>
      <Sign tone={tone} />
      <p class="sentence">{say(verdict)}</p>
      {isLive && (
        <p class="live" role="note">
          {say({
            en: 'This token is live: whoever has it can use it until then. Treat it as a password.',
            ko: '살아 있는 토큰입니다. 가진 사람은 그때까지 쓸 수 있으니 비밀번호처럼 다루세요.',
          })}
        </p>
      )}
    </div>
  )
}

function Checks({ judgement: { checks } }: { judgement: Judgement }) {
  return (
    <section class="sheet" aria-labelledby="checks-title">
      <h2 id="checks-title">{say({ en: 'Check by check', ko: '항목별 확인' })}</h2>
      <ul class="checks">
        {checks.map(({ name, tone, found, rule }) => (
          <li key={name.en}>
            <Sign tone={tone} />
            <strong>{say(name)}</strong>
            <span>{say(found)}</span>
            <small class="quiet">{rule}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}

render(<InspectorPage />, document.getElementById('page')!)

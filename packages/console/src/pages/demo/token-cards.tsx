import { decodeToken } from '../jwt-text.ts'
import { duration, say, type Text } from '../language.ts'
import { now } from '../moment.ts'
import { Json, TokenText } from '../token-text.tsx'
import { tokens } from './tokens.ts'

/** The two tokens that the page holds, and how long they are good for. */
export function TokenCards() {
  const held = tokens.value
  if (held === null) return null
  const refreshExpiresAt = Number(decodeToken(held.refreshToken).claims?.['exp'])
  return (
    <div class="token-cards">
      <TokenCard
        title={{ en: 'Access token', ko: '액세스 토큰' }}
        about={{ en: 'for APIs; anybody can verify it', ko: 'API용, 누구나 검증 가능' }}
        token={held.accessToken}
        issuedAt={held.issuedAt}
        expiresAt={held.accessExpiresAt}
        isOpen
      />
      <TokenCard
        title={{ en: 'Refresh token', ko: '리프레시 토큰' }}
        about={{ en: 'for the issuer alone', ko: '발급자 전용' }}
        token={held.refreshToken}
        issuedAt={held.issuedAt}
        expiresAt={refreshExpiresAt}
      />
    </div>
  )
}

interface Card {
  readonly title: Text
  readonly about: Text
  readonly token: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly isOpen?: boolean
}

function TokenCard({ title, about, token, issuedAt, expiresAt, isOpen = false }: Card) {
  const { header, claims } = decodeToken(token)
  return (
    <section class="sheet token-card">
      <h2>
        {say(title)} <small>{say(about)}</small>
      </h2>
      <Countdown label={title} from={issuedAt} to={expiresAt} />
      <TokenText token={token} />
      <p class="quiet legend">
        <span class="part-header">{say({ en: 'header', ko: '헤더' })}</span>
        <span class="part-payload">{say({ en: 'payload', ko: '페이로드' })}</span>
        <span class="part-signature">{say({ en: 'signature', ko: '서명' })}</span>
        <span>
          {token.length} {say({ en: 'bytes', ko: '바이트' })}
        </span>
      </p>
      <details open={isOpen}>
        <summary>{say({ en: 'What it says', ko: '담긴 내용' })}</summary>
        <Json value={header} kind="header" />
        <Json value={claims} kind="payload" />
      </details>
    </section>
  )
}

function Countdown({ label, from, to }: { label: Text; from: number; to: number }) {
  const left = Math.max(0, to - now.value)
  const isOver = left === 0
  return (
    <div class={`countdown ${isOver ? 'over' : ''}`}>
      <progress
        aria-label={say(label)}
        max={100}
        value={isOver ? 0 : Math.min(100, (left / (to - from)) * 100)}
      />
      <span role="timer">
        {isOver
          ? say({ en: 'expired', ko: '만료됨' })
          : say(duration(left < 3600 ? Math.ceil(left) : left))}
      </span>
    </div>
  )
}

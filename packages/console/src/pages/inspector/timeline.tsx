import { duration, language, say, type Text } from '../language.ts'
import type { DecodedToken } from '../jwt-text.ts'
import { instantOfId } from './claims.ts'

interface Span {
  readonly title: Text
  readonly from: number
  /** Null: the token does not say. */
  readonly to: number | null
}

const DAY = 86_400
/** Marks on the axis, in seconds from now. */
const MARKS = [-30 * DAY, -DAY, -3600, -60, 60, 3600, DAY, 30 * DAY, 365 * DAY]
const EDGE = 365 * DAY

/** Seconds and months fit in one picture when distance from now is drawn by its logarithm. */
function place(seconds: number): number {
  const bounded = Math.min(EDGE, Math.abs(seconds))
  const share = Math.log1p(bounded / 5) / Math.log1p(EDGE / 5)
  return 50 + Math.sign(seconds) * share * 50
}

/** Access token, refresh token and session, as far as the pasted tokens tell. */
export function Timeline({ tokens, now }: { tokens: readonly DecodedToken[]; now: number }) {
  const spans = spansOf(tokens)
  if (spans.length === 0) return null
  return (
    <section class="sheet" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{say({ en: 'Timeline', ko: '시간표' })}</h2>
      <div class="timeline">
        <div class="axis" aria-hidden="true">
          {MARKS.map((mark) => (
            <span
              key={mark}
              class={Math.abs(mark) === 3600 ? 'minor' : ''}
              style={{ left: `${place(mark)}%` }}
            >
              {mark < 0 ? '−' : '+'}
              {say(duration(mark))}
            </span>
          ))}
          <b style={{ left: '50%' }}>{say({ en: 'now', ko: '지금' })}</b>
        </div>
        {spans.map((span) => (
          <SpanRow key={span.title.en} span={span} now={now} />
        ))}
      </div>
    </section>
  )
}

function SpanRow({ span: { title, from, to }, now }: { span: Span; now: number }) {
  const start = place(from - now)
  const end = to === null ? 100 : place(to - now)
  const isOver = to !== null && to <= now
  return (
    <div class="span-row">
      <h3>{say(title)}</h3>
      <div class="track">
        <i
          class={`${isOver ? 'over' : ''} ${to === null ? 'open' : ''}`}
          style={{ left: `${start}%`, width: `${Math.max(0.6, end - start)}%` }}
        />
      </div>
      <p class="quiet">
        {localTime(from)} –{' '}
        {to === null ? say({ en: 'not told here', ko: '알 수 없음' }) : localTime(to)}
        {to !== null && ` (${say(duration(to - from))})`}
      </p>
    </div>
  )
}

function spansOf(tokens: readonly DecodedToken[]): readonly Span[] {
  const starts: number[] = []
  const ends: number[] = []
  const spans = tokens.flatMap(({ header, claims }): Span[] => {
    const { exp, iat, nbf, sid } = claims ?? {}
    const isRefreshToken = header?.['typ'] === 'rt+jwt'
    const sessionStart = instantOfId(sid)
    if (sessionStart !== null) starts.push(sessionStart)
    if (isRefreshToken && typeof exp === 'number') ends.push(exp)
    const from = [iat, nbf, sessionStart].find((value) => typeof value === 'number')
    if (typeof exp !== 'number' || from === undefined) return []
    return [{ title: isRefreshToken ? REFRESH : titleOf(header?.['typ']), from, to: exp }]
  })
  if (starts.length === 0) return spans
  const to = ends.length === 0 ? null : Math.max(...ends)
  return [...spans, { title: SESSION, from: Math.min(...starts), to }]
}

const REFRESH: Text = { en: 'Refresh token', ko: '리프레시 토큰' }
const SESSION: Text = { en: 'Session, unless renewed or ended', ko: '세션 (갱신·종료가 없을 때)' }

function titleOf(typ: unknown): Text {
  return typ === 'at+jwt'
    ? { en: 'Access token', ko: '액세스 토큰' }
    : { en: 'This token', ko: '이 토큰' }
}

export function localTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  if (Number.isNaN(date.getTime())) return String(unixSeconds)
  return new Intl.DateTimeFormat(language.value, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  }).format(date)
}

export function utcTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  if (Number.isNaN(date.getTime())) return ''
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

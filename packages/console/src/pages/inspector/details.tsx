import { PART_NAMES, type DecodedToken, type JsonRecord } from '../jwt-text.ts'
import { duration, say, type Text } from '../language.ts'
import {
  claimFacts,
  headerFacts,
  instantOfId,
  personalClaims,
  sizesOf,
  type ClaimFacts,
} from './claims.ts'
import { localTime, utcTime } from './timeline.tsx'

const BUDGET_BYTES = 1024

/** Every member of header and payload, explained. */
export function Claims({ token, now }: { token: DecodedToken; now: number }) {
  const { header, claims } = token
  return (
    <section class="sheet" aria-labelledby="claims-title">
      <h2 id="claims-title">{say({ en: 'What it says', ko: '담긴 내용' })}</h2>
      <MemberTable kind="header" members={header} facts={headerFacts} now={now} />
      <MemberTable kind="payload" members={claims} facts={claimFacts} now={now} />
    </section>
  )
}

interface MemberTableParts {
  readonly kind: 'header' | 'payload'
  readonly members: JsonRecord | null
  readonly facts: Readonly<Record<string, ClaimFacts>>
  readonly now: number
}

function MemberTable({ kind, members, facts, now }: MemberTableParts) {
  if (members === null) return null
  const title = say(
    kind === 'header' ? { en: 'Header', ko: '헤더' } : { en: 'Payload', ko: '페이로드' },
  )
  return (
    <table class="members">
      <caption class={`part-${kind}`}>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{say({ en: 'Name', ko: '이름' })}</th>
          <th scope="col">{say({ en: 'Value', ko: '값' })}</th>
          <th scope="col">{say({ en: 'Meaning', ko: '뜻' })}</th>
          <th scope="col">{say({ en: 'Rule', ko: '규칙' })}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(members).map(([name, value]) => (
          <Member key={name} name={name} value={value} facts={facts[name]} now={now} kind={kind} />
        ))}
      </tbody>
    </table>
  )
}

interface MemberParts {
  readonly name: string
  readonly value: unknown
  readonly facts: ClaimFacts | undefined
  readonly now: number
  readonly kind: 'header' | 'payload'
}

function Member({ name, value, facts, now, kind }: MemberParts) {
  const isInstant = facts?.isInstant === true && typeof value === 'number'
  return (
    <tr>
      <th scope="row">
        <code class={`part-${kind}`}>{name}</code>
      </th>
      <td>
        <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
        {isInstant && (
          <span class="quiet when">
            {localTime(value)}
            <br />
            {utcTime(value)}
            <br />
            {distance(value, now)}
          </span>
        )}
      </td>
      <td>
        {facts === undefined
          ? say({ en: 'private', ko: '발급자가 정한 항목' })
          : say(facts.meaning)}
        {facts !== undefined && <span class="quiet unit">{say(facts.unit)}</span>}
      </td>
      <td class="quiet rule">{facts?.rule ?? '–'}</td>
    </tr>
  )
}

function distance(instant: number, now: number): string {
  const text = duration(instant - now)
  return say(
    instant >= now
      ? { en: `in ${text.en}`, ko: `${text.ko} 뒤` }
      : { en: `${text.en} ago`, ko: `${text.ko} 전` },
  )
}

/** Signed is not secret. */
export function Readable({ token: { claims } }: { token: DecodedToken }) {
  if (claims === null) return null
  const personal = personalClaims(claims)
  const userSince = instantOfId(claims['sub'])
  const sessionSince = instantOfId(claims['sid'])
  return (
    <section class="sheet" aria-labelledby="readable-title">
      <h2 id="readable-title">
        {say({
          en: 'What anyone who holds it can read',
          ko: '가진 사람이라면 누구나 읽을 수 있는 것',
        })}
      </h2>
      <p>
        {say({
          en: 'Everything above. A signature protects from change, not from eyes.',
          ko: '위의 모든 내용입니다. 서명은 변조를 막을 뿐 보는 것을 막지 않습니다.',
        })}
      </p>
      <ul class="facts">
        <li class={personal.length === 0 ? 'good' : 'bad'}>{say(personalText(personal))}</li>
        {userSince !== null && (
          <li>
            {say({ en: 'The account was made', ko: '계정이 만들어진 시각' })}:{' '}
            {localTime(userSince)} <span class="quiet">({say(FROM_ID)} sub)</span>
          </li>
        )}
        {sessionSince !== null && (
          <li>
            {say({ en: 'The session started', ko: '세션이 시작된 시각' })}:{' '}
            {localTime(sessionSince)} <span class="quiet">({say(FROM_ID)} sid)</span>
          </li>
        )}
      </ul>
    </section>
  )
}

const FROM_ID: Text = { en: 'time-ordered identifier', ko: '시간순 식별자' }

function personalText(names: readonly string[]): Text {
  return names.length === 0
    ? {
        en: 'No personal data found: identifiers only.',
        ko: '개인정보가 발견되지 않았습니다. 식별자뿐입니다.',
      }
    : {
        en: `Personal data: ${names.join(', ')}.`,
        ko: `개인정보가 있습니다: ${names.join(', ')}.`,
      }
}

/** Bytes by part and by claim, against what this server allows itself. */
export function Size({ token }: { token: DecodedToken }) {
  const { text, parts, header, claims } = token
  const sizes = sizesOf({ ...header, ...claims })
  const largest = sizes[0]?.bytes ?? 1
  const total = Math.max(BUDGET_BYTES, text.length)
  return (
    <section class="sheet" aria-labelledby="size-title">
      <h2 id="size-title">
        {say({ en: 'Size', ko: '크기' })}{' '}
        <small>
          {say({
            en: `${text.length} of ${BUDGET_BYTES} bytes`,
            ko: `${BUDGET_BYTES}바이트 중 ${text.length}바이트`,
          })}
        </small>
      </h2>
      <div class="stack" aria-hidden="true">
        {parts.slice(0, 3).map((part, index) => (
          <i
            key={index}
            class={`fill-${PART_NAMES[index]!}`}
            style={{ width: `${(part.length / total) * 100}%` }}
          />
        ))}
      </div>
      <p class="quiet legend">
        {parts.slice(0, 3).map((part, index) => (
          <span key={index} class={`part-${PART_NAMES[index]!}`}>
            {say(PARTS[PART_NAMES[index]!])} {part.length}
          </span>
        ))}
      </p>
      <dl class="sizes">
        {sizes.map(({ name, bytes }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <i style={{ width: `${(bytes / largest) * 100}%` }} aria-hidden="true" />
              <span>{bytes}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

const PARTS = {
  header: { en: 'header', ko: '헤더' },
  payload: { en: 'payload', ko: '페이로드' },
  signature: { en: 'signature', ko: '서명' },
} as const

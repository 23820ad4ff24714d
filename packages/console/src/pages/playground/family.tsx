import { signal } from '@preact/signals'

import { say, type Text } from '../language.ts'

/** Something that one of the two did with the refresh token of a generation. */
export interface Turn {
  readonly who: 'owner' | 'thief'
  readonly generation: number
  readonly text: Text
  readonly isRefused?: boolean
}

export interface ServerEvent {
  readonly name: string
  readonly details: Readonly<Record<string, unknown>>
}

export const turns = signal<readonly Turn[]>([])
export const serverEvents = signal<readonly ServerEvent[]>([])

/** One sign-in and the line of refresh tokens that came from it, in two hands. */
export function Family() {
  if (turns.value.length === 0) return null
  return (
    <div class="family">
      <h4>{say({ en: 'The family of refresh tokens', ko: '리프레시 토큰 계보' })}</h4>
      <ol>
        <li class="who" aria-hidden="true">
          <span>{say({ en: 'Owner', ko: '주인' })}</span>
          <span>{say({ en: 'Thief', ko: '도둑' })}</span>
        </li>
        {turns.value.map(({ who, generation, text, isRefused = false }, index) => (
          <li key={index} class={`${who} ${isRefused ? 'refused' : ''}`}>
            <b>{generation}</b>
            <span>
              <span class="visually-hidden">
                {say(
                  who === 'owner'
                    ? { en: 'Owner: ', ko: '주인: ' }
                    : { en: 'Thief: ', ko: '도둑: ' },
                )}
              </span>
              {say(text)}
            </span>
          </li>
        ))}
      </ol>
      {serverEvents.value.length > 0 && (
        <>
          <h4>{say({ en: 'What the operator sees', ko: '운영자에게 보이는 기록' })}</h4>
          <pre tabIndex={0}>
            <code>{serverEvents.value.map(eventLine).join('\n')}</code>
          </pre>
        </>
      )}
    </div>
  )
}

function eventLine({ name, details }: ServerEvent): string {
  const facts = Object.entries(details).map(([fact, value]) => `${fact}=${String(value)}`)
  return [name.padEnd(22), ...facts].join(' ')
}

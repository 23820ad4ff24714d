import { say, type Text } from './language.ts'

export type Tone = 'good' | 'bad' | 'unknown'

const NAMES: Readonly<Record<Tone, Text>> = {
  good: { en: 'good', ko: '통과' },
  bad: { en: 'bad', ko: '실패' },
  unknown: { en: 'not known', ko: '알 수 없음' },
}

const LINES: Readonly<Record<Tone, string>> = {
  good: 'M5 12.5l4.5 4.5L19 7.5',
  bad: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  unknown: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.6v.2',
}

/** Good, bad or not known, in a shape as well as in a colour. */
export function Sign({ tone }: { tone: Tone }) {
  return (
    <svg class={`sign ${tone}`} viewBox="0 0 24 24" role="img" aria-label={say(NAMES[tone])}>
      <path d={LINES[tone]} />
    </svg>
  )
}

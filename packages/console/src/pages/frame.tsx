import type { ComponentChildren } from 'preact'

import { language, say, switchLanguage, type Language, type Text } from './language.ts'

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['ko', '한국어'],
]

const PLACES: readonly (readonly [string, Text])[] = [
  ['/demo', { en: 'Demo', ko: '데모' }],
  ['/inspector', { en: 'Inspector', ko: '토큰 검사기' }],
  ['/mail', { en: 'Mail', ko: '메일' }],
]

/** What every page of the console has around its content. */
export function Frame({ path, children }: { path: string; children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        {say({ en: 'Skip to the content', ko: '본문으로 건너뛰기' })}
      </a>
      <header class="bar">
        <a class="name" href="/">
          <Mark />
          Mapae
        </a>
        <nav aria-label={say({ en: 'Pages', ko: '페이지' })}>
          {PLACES.map(([place, text]) => (
            <a key={place} href={place} aria-current={place === path ? 'page' : undefined}>
              {say(text)}
            </a>
          ))}
        </nav>
        <div class="languages" role="group" aria-label={say({ en: 'Language', ko: '언어' })}>
          {LANGUAGES.map(([one, name]) => (
            <button
              key={one}
              type="button"
              lang={one}
              aria-pressed={one === language.value}
              onClick={() => switchLanguage(one)}
            >
              {name}
            </button>
          ))}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="end">
        {say({
          en: 'Only in development, only on this machine.',
          ko: '개발 모드에서, 이 컴퓨터에서만 열립니다.',
        })}
      </footer>
    </>
  )
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 64 64" aria-hidden="true">
      <circle cx="32" cy="35" r="27" />
      <circle class="engraved" cx="32" cy="35" r="22" />
      <rect x="26" y="1" width="12" height="12" rx="4" />
      <path
        class="engraved"
        d="M20 46c0-9 2-14 8-18l-1-7 6 4c9 2 13 8 13 14l-5 2-4-4-4 2c1 3 2 5 2 9"
      />
    </svg>
  )
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { deviceName } from '../../src/ui/device-name.ts'
import { decideLanguage, type Language } from '../../src/ui/language.ts'
import { texts } from '../../src/ui/texts/texts.ts'

const wishes: readonly (readonly [string | null, string[], string | null, Language])[] = [
  [null, [], null, 'en'],
  [null, [], '', 'en'],
  [null, [], 'ko', 'ko'],
  [null, [], 'ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
  [null, [], 'en-GB, ko;q=0.9', 'en'],
  [null, [], 'en;q=0.1, ko;q=0.9', 'ko'],
  [null, [], 'fr, de;q=0.9, ko;q=0.1', 'ko'],
  [null, [], 'fr, *;q=0.5', 'en'],
  [null, [], 'ko;q=0, fr', 'en'],
  [null, [], 'KO-kr', 'ko'],
  [null, [], ';;;,,q=,ko;q=abc', 'ko'],
  [null, ['ko'], 'en', 'ko'],
  [null, ['fr', 'ko-KR', 'en'], 'en', 'ko'],
  [null, ['xx'], 'ko', 'ko'],
  ['en', ['ko'], 'ko', 'en'],
  ['ko', ['en'], 'en', 'ko'],
  ['klingon', [], 'ko', 'ko'],
]

for (const [chosen, uiLocales, acceptLanguage, language] of wishes) {
  test(`${chosen}, [${uiLocales.join()}] and "${acceptLanguage}" make ${language}`, () => {
    assert.equal(decideLanguage({ chosen, uiLocales, acceptLanguage }), language)
  })
}

/** Every text by its place, functions called with a mark for each parameter. */
function allTexts(node: object, place = ''): Map<string, string> {
  return new Map(
    Object.entries(node).flatMap(([key, value]: [string, unknown]): [string, string][] => {
      const here = `${place}.${key}`
      if (typeof value === 'string') return [[here, value]]
      if (typeof value === 'function') return [[here, String(value('‹1›', '‹2›'))]]
      return [...allTexts(value as object, here)]
    }),
  )
}

test('both languages say the same things, with the same parameters', () => {
  const [english, korean] = [allTexts(texts.en), allTexts(texts.ko)]
  assert.deepEqual([...korean.keys()], [...english.keys()])
  for (const [place, text] of english) {
    const parametersOf = (said: string) => (said.match(/‹\d›/g) ?? []).toSorted()
    assert.notEqual(text.trim(), '', place)
    assert.deepEqual(parametersOf(korean.get(place)!), parametersOf(text), place)
  }
})

test('Korean is Korean and English is English', () => {
  for (const [place, text] of allTexts(texts.ko)) assert.match(text, /\p{Script=Hangul}/u, place)
  for (const [place, text] of allTexts(texts.en)) {
    if (place !== '.fields.hangul') assert.doesNotMatch(text, /\p{Script=Hangul}/u, place)
  }
})

const devices: readonly (readonly [string | null, string])[] = [
  [null, 'Unknown device'],
  [' ', 'Unknown device'],
  ['curl/8.5.0', 'curl/8.5.0'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome on Windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
    'Safari on Mac',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; SM-S931N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Samsung Internet on Android',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['x'.repeat(200), `${'x'.repeat(60)}…`],
]

for (const [label, name] of devices) {
  test(`a device that says ${label?.slice(0, 60)} is called ${name}`, () => {
    assert.equal(deviceName(label, texts.en), name)
  })
}

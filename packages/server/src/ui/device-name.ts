import type { Texts } from './texts/texts.ts'

/** The first that fits counts: most browsers also claim to be those before them. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bWhale\//, 'Whale'],
  [/\bKAKAOTALK\b/, 'KakaoTalk'],
  [/\bNAVER\(/, 'NAVER'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const MOST_CHARACTERS = 60

/**
 * What a device calls itself (User-Agent), in words that its user knows; a program that is no
 * browser as it says. Only for people: nothing is decided by it.
 */
export function deviceName(label: string | null, { account }: Texts): string {
  if (label === null || label.trim() === '') return account.unknownDevice
  const browser = BROWSERS.find(([pattern]) => pattern.test(label))?.[1]
  const system = SYSTEMS.find(([pattern]) => pattern.test(label))?.[1]
  if (browser !== undefined && system !== undefined) return account.onSystem(browser, system)
  if (browser !== undefined) return browser
  return label.length > MOST_CHARACTERS ? `${label.slice(0, MOST_CHARACTERS)}…` : label
}

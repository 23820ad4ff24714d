import { same, type Text } from '../language.ts'

export interface ClaimFacts {
  readonly meaning: Text
  readonly unit: Text
  readonly rule: string
  readonly isInstant?: boolean
}

const seconds: Text = { en: 'seconds since 1970', ko: '1970년부터의 초' }
const text: Text = { en: 'text', ko: '문자열' }
const list: Text = { en: 'list', ko: '목록' }

const instant = (en: string, ko: string, rule: string): ClaimFacts => ({
  meaning: { en, ko },
  unit: seconds,
  rule,
  isInstant: true,
})
const words = (en: string, ko: string, rule: string, unit = text): ClaimFacts => ({
  meaning: { en, ko },
  unit,
  rule,
})

/** Everything known about the members of headers. */
export const headerFacts: Readonly<Record<string, ClaimFacts>> = {
  alg: words('signature algorithm', '서명 알고리즘', 'RFC 7515 §4.1.1'),
  kid: words('name of the key', '키 이름', 'RFC 7515 §4.1.4'),
  typ: words('kind of token', '토큰 종류', 'RFC 7515 §4.1.9'),
  cty: words('kind of content', '내용 종류', 'RFC 7515 §4.1.10'),
  jwk: words('a key that comes along', '함께 온 키', 'RFC 7515 §4.1.3'),
  enc: words('encryption of the content', '내용 암호화 방식', 'RFC 7516 §4.1.2'),
}

/** Everything known about claims. */
export const claimFacts: Readonly<Record<string, ClaimFacts>> = {
  iss: words('issuer', '발급자', 'RFC 7519 §4.1.1'),
  sub: words('whom it is about', '주체', 'RFC 7519 §4.1.2'),
  aud: words('who may accept it', '받아들일 수 있는 쪽', 'RFC 7519 §4.1.3'),
  exp: instant('expires', '만료', 'RFC 7519 §4.1.4'),
  nbf: instant('not before', '시작', 'RFC 7519 §4.1.5'),
  iat: instant('issued', '발급', 'RFC 7519 §4.1.6'),
  jti: words('its own name', '토큰 고유 번호', 'RFC 7519 §4.1.7'),
  client_id: words('application', '애플리케이션', 'RFC 9068 §2.2'),
  sid: words('session', '세션', 'OIDC Front-Channel Logout §3'),
  scope: words('what it allows', '허용 범위', 'RFC 9068 §2.2.3'),
  auth_time: instant('signed in', '로그인한 시각', 'OIDC Core §2'),
  acr: words('how sure the sign-in was', '로그인 신뢰 수준', 'OIDC Core §2'),
  amr: words('means of the sign-in', '로그인 수단', 'RFC 8176 §1', list),
  azp: words('for whom it was issued', '발급 대상', 'OIDC Core §2'),
  nonce: words('ties it to one sign-in', '로그인 한 번에 묶는 값', 'OIDC Core §2'),
  at_hash: words('ties it to an access token', '액세스 토큰에 묶는 값', 'OIDC Core §3.1.3.6'),
  cnf: words(
    'key that must prove possession',
    '소지를 증명해야 하는 키',
    'RFC 7800 §3.1',
    same('JSON'),
  ),
  act: words('who acts for the subject', '대신 행동하는 주체', 'RFC 8693 §4.1', same('JSON')),
  gen: words('generation of the refresh token', '리프레시 토큰의 세대', 'docs/rotation', {
    en: 'count',
    ko: '횟수',
  }),
}

const PERSONAL_NAMES =
  /^(name|.*_name|nickname|email|.*_?phone.*|birthdate|gender|address|picture|website|profile|locale|zoneinfo)$/
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** Names of claims that tell who somebody is, by their name or by how their value looks. */
export function personalClaims(claims: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(claims)
    .filter(
      ([name, value]) =>
        PERSONAL_NAMES.test(name) || (typeof value === 'string' && EMAIL.test(value)),
    )
    .map(([name]) => name)
}

const MILLISECOND_BYTES = 6

/**
 * The moment inside a time-ordered identifier (UUIDv7 in base64url), in seconds; null when it is
 * none. Spec: RFC 9562 section 5.7.
 */
export function instantOfId(id: unknown): number | null {
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{22}$/.test(id)) return null
  const binary = atob(id.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Array.from(binary, (character) => character.charCodeAt(0))
  if (bytes[MILLISECOND_BYTES]! >> 4 !== 7) return null
  const milliseconds = bytes
    .slice(0, MILLISECOND_BYTES)
    .reduce((number, byte) => number * 256 + byte, 0)
  return milliseconds / 1000
}

export interface ClaimSize {
  readonly name: string
  readonly bytes: number
}

/** How many bytes of the token each member takes, after base64url; largest first. */
export function sizesOf(members: Readonly<Record<string, unknown>>): readonly ClaimSize[] {
  const encoder = new TextEncoder()
  return Object.entries(members)
    .map(([name, value]) => {
      const written = `${JSON.stringify(name)}:${JSON.stringify(value)},`
      return { name, bytes: Math.round((encoder.encode(written).length * 4) / 3) }
    })
    .toSorted((a, b) => b.bytes - a.bytes)
}

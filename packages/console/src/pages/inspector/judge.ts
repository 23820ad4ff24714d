import { textOf, type DecodedToken } from '../jwt-text.ts'
import { duration, same, type Text } from '../language.ts'
import type { Tone } from '../sign.tsx'
import type { SignatureFinding } from './signature.ts'

export interface Check {
  readonly name: Text
  readonly tone: Tone
  readonly found: Text
  /** Where the rule stands. */
  readonly rule: string
}

export interface Judgement {
  readonly tone: Tone
  readonly verdict: Text
  readonly checks: readonly Check[]
  /** Whoever holds it can use it now. */
  readonly isLive: boolean
}

/** What holds for a token at a moment, as far as somebody can tell who is not its recipient. */
export function judge(
  token: DecodedToken,
  signature: SignatureFinding,
  issuer: string,
  now: number,
): Judgement {
  const checks = [
    formCheck(token),
    typeCheck(token),
    signatureCheck(signature),
    issuerCheck(token, issuer),
    audienceCheck(token),
    ...timeChecks(token, now),
  ]
  const isInTime = timeChecks(token, now).every(({ tone }) => tone === 'good')
  const isFromHere = token.claims?.['iss'] === issuer
  const isGood = signature.kind === 'signed_here' && isFromHere && isInTime
  const mayWork = isInTime && (isGood || (signature.kind === 'secret_key' && isFromHere))
  const tone = toneOf(isGood, signature, checks)
  return { tone, verdict: verdictOf(token, signature, issuer, now), checks, isLive: mayWork }
}

function toneOf(isGood: boolean, signature: SignatureFinding, checks: readonly Check[]): Tone {
  if (isGood) return 'good'
  if (signature.kind === 'forged' || signature.kind === 'unsigned') return 'bad'
  return checks.some(({ tone }) => tone === 'bad') ? 'bad' : 'unknown'
}

function formCheck({ isStrict, parts, claims, header }: DecodedToken): Check {
  const name: Text = { en: 'Form', ko: '형식' }
  const rule = 'RFC 7515 §7.1'
  if (parts.length === 5 && header !== null) {
    const found: Text = { en: 'five parts: encrypted (JWE)', ko: '다섯 부분: 암호화됨(JWE)' }
    return { name, tone: 'good', found, rule: 'RFC 7516 §7.1' }
  }
  if (isStrict) {
    return {
      name,
      tone: 'good',
      found: { en: 'three parts, strict JSON', ko: '세 부분, 엄격한 JSON' },
      rule,
    }
  }
  const isPartly = header !== null || claims !== null
  const found: Text = isPartly
    ? {
        en: 'not exact: strict verifiers do not read it',
        ko: '정확하지 않음: 엄격한 검증기는 읽지 않음',
      }
    : { en: 'no JWT', ko: 'JWT가 아님' }
  return { name, tone: 'bad', found, rule }
}

function typeCheck({ header }: DecodedToken): Check {
  const typ = header?.['typ']
  const meaning = typeof typ === 'string' ? TYPES[typ.toLowerCase()] : undefined
  return {
    name: { en: 'Type', ko: '종류' },
    tone: meaning === undefined ? 'unknown' : 'good',
    found:
      meaning ??
      (typ === undefined ? { en: 'not stated', ko: '명시되지 않음' } : same(textOf(typ))),
    rule: 'RFC 8725 §3.11',
  }
}

const TYPES: Readonly<Record<string, Text>> = {
  'at+jwt': { en: 'access token (at+jwt)', ko: '액세스 토큰 (at+jwt)' },
  'rt+jwt': { en: 'refresh token of Mapae (rt+jwt)', ko: 'Mapae의 리프레시 토큰 (rt+jwt)' },
  'dpop+jwt': { en: 'DPoP proof', ko: 'DPoP 증명' },
  'logout+jwt': { en: 'logout token', ko: '로그아웃 토큰' },
  'revocations+jwt': { en: 'list of revocations', ko: '폐기 목록' },
  jwt: {
    en: 'JWT of no stated kind; ID tokens say so too',
    ko: '종류를 밝히지 않은 JWT (ID 토큰도 이렇게 표기)',
  },
}

function signatureCheck(finding: SignatureFinding): Check {
  const name: Text = { en: 'Signature', ko: '서명' }
  const tone: Tone = TONE_OF_SIGNATURE[finding.kind] ?? 'unknown'
  return { name, tone, found: describeSignature(finding), rule: 'RFC 7515 §5.2' }
}

const TONE_OF_SIGNATURE: Partial<Record<SignatureFinding['kind'], Tone>> = {
  signed_here: 'good',
  forged: 'bad',
  unsigned: 'bad',
}

function describeSignature(finding: SignatureFinding): Text {
  switch (finding.kind) {
    case 'signed_here':
      return {
        en: `made with this server’s key ${finding.kid ?? ''}`,
        ko: `이 서버의 ${finding.kid ?? ''} 키로 만들어짐`,
      }
    case 'forged':
      return {
        en: `does not fit this server’s key (${finding.code})`,
        ko: `이 서버의 키와 맞지 않음 (${finding.code})`,
      }
    case 'unsigned':
      return { en: 'there is none: alg is "none"', ko: '서명이 없음: alg가 "none"' }
    case 'secret_key':
      return {
        en: `${finding.alg}: only who holds the secret key can check it`,
        ko: `${finding.alg}: 비밀 키를 가진 쪽만 확인할 수 있음`,
      }
    case 'key_unknown':
      return {
        en: `key ${finding.kid ?? '(not named)'} is none of this server’s`,
        ko: `이 서버에는 없는 키: ${finding.kid ?? '(이름 없음)'}`,
      }
    case 'alg_unknown':
      return {
        en: `${finding.alg} is not a signature algorithm known here`,
        ko: `여기서 모르는 서명 알고리즘: ${finding.alg}`,
      }
    case 'encrypted':
      return { en: 'only the recipient can open it', ko: '수신자만 열 수 있음' }
    case 'unreadable':
      return { en: `not looked at (${finding.code})`, ko: `확인하지 않음 (${finding.code})` }
    case 'no_keys':
      return { en: 'this server’s keys could not be fetched', ko: '이 서버의 키를 가져오지 못함' }
  }
}

function issuerCheck({ claims }: DecodedToken, issuer: string): Check {
  const name: Text = { en: 'Issuer', ko: '발급자' }
  const rule = 'RFC 7519 §4.1.1'
  const iss = claims?.['iss']
  if (typeof iss !== 'string') {
    return { name, tone: 'unknown', found: { en: 'not stated', ko: '명시되지 않음' }, rule }
  }
  return iss === issuer
    ? { name, tone: 'good', found: { en: `this server, ${iss}`, ko: `이 서버, ${iss}` }, rule }
    : {
        name,
        tone: 'unknown',
        found: { en: `somebody else, ${iss}`, ko: `다른 발급자, ${iss}` },
        rule,
      }
}

function audienceCheck({ claims, header }: DecodedToken): Check {
  const audiences = audiencesOf(claims?.['aud'])
  const isForIssuer = header?.['typ'] === 'rt+jwt'
  const nobody: Text = isForIssuer
    ? { en: 'the issuer alone, by its type', ko: '종류상 발급자 전용' }
    : {
        en: 'not stated: good anywhere its key is trusted',
        ko: '명시되지 않음: 키를 신뢰하는 모든 곳에서 통함',
      }
  return {
    name: { en: 'Audience', ko: '오디언스' },
    tone: audiences.length > 0 || isForIssuer ? 'good' : 'unknown',
    found: audiences.length === 0 ? nobody : same(audiences.join(', ')),
    rule: 'RFC 7519 §4.1.3',
  }
}

function timeChecks({ claims }: DecodedToken, now: number): Check[] {
  const { exp, nbf, iat } = claims ?? {}
  const checks = [expiryCheck(exp, now)]
  if (typeof nbf === 'number') {
    const isReached = now >= nbf
    const left = duration(nbf - now)
    checks.push({
      name: { en: 'Not before', ko: '시작 시각' },
      tone: isReached ? 'good' : 'bad',
      found: isReached
        ? { en: 'reached', ko: '지남' }
        : { en: `not valid for another ${left.en}`, ko: `${left.ko} 뒤부터 유효` },
      rule: 'RFC 7519 §4.1.5',
    })
  }
  if (typeof iat === 'number' && iat > now + CLOCK_DIFFERENCE_SECONDS) {
    checks.push({
      name: { en: 'Issued', ko: '발급 시각' },
      tone: 'bad',
      found: { en: 'in the future', ko: '미래 시각' },
      rule: 'RFC 7519 §4.1.6',
    })
  }
  return checks
}

const CLOCK_DIFFERENCE_SECONDS = 60

function expiryCheck(exp: unknown, now: number): Check {
  const name: Text = { en: 'Expiry', ko: '만료' }
  const rule = 'RFC 7519 §4.1.4'
  if (typeof exp !== 'number') {
    return {
      name,
      tone: 'unknown',
      found: { en: 'never, or not stated', ko: '없거나 명시되지 않음' },
      rule,
    }
  }
  const left = duration(exp - now)
  return exp > now
    ? { name, tone: 'good', found: { en: `in ${left.en}`, ko: `${left.ko} 남음` }, rule }
    : { name, tone: 'bad', found: { en: `${left.en} ago`, ko: `${left.ko} 전에 만료` }, rule }
}

export function audiencesOf(aud: unknown): readonly string[] {
  if (typeof aud === 'string') return [aud]
  return Array.isArray(aud) ? aud.filter((one) => typeof one === 'string') : []
}

/** The one sentence. */
function verdictOf(
  { claims, header }: DecodedToken,
  signature: SignatureFinding,
  issuer: string,
  now: number,
): Text {
  const iss = claims?.['iss']
  const exp = claims?.['exp']
  const left = duration(Number(exp) - now)
  const isOver = typeof exp === 'number' && exp <= now
  switch (signature.kind) {
    case 'signed_here':
      return signedVerdict(
        audiencesOf(claims?.['aud']),
        signature.kid ?? '',
        left,
        isOver,
        iss === issuer,
      )
    case 'forged':
      return {
        en: 'Changed or forged: the signature does not fit. Believe nothing that it says.',
        ko: '변조되었거나 위조되었습니다. 서명이 맞지 않으니 내용을 믿지 마세요.',
      }
    case 'unsigned':
      return {
        en: 'Not signed at all: anybody can write this. Every verifier must refuse it.',
        ko: '서명이 없습니다. 누구나 쓸 수 있는 내용이므로 모든 검증기가 거부해야 합니다.',
      }
    case 'secret_key':
      return secretVerdict(header?.['typ'] === 'rt+jwt' && iss === issuer, left, isOver)
    case 'encrypted':
      return {
        en: 'Encrypted: only its recipient can read what it says.',
        ko: '암호화되어 있어 수신자만 내용을 읽을 수 있습니다.',
      }
    case 'key_unknown':
    case 'alg_unknown':
      return {
        en: `Cannot be verified here: it claims to come from ${textOf(iss ?? 'nobody')}, and this server has no key for it. Below is what it says.`,
        ko: `여기서는 검증할 수 없습니다. ${textOf(iss ?? '알 수 없는 발급자')}가 발급했다고 하지만 이 서버에는 해당 키가 없습니다. 아래는 담긴 내용입니다.`,
      }
    case 'no_keys':
      return {
        en: 'Cannot be verified now: this server’s keys could not be fetched.',
        ko: '지금은 검증할 수 없습니다. 이 서버의 키를 가져오지 못했습니다.',
      }
    case 'unreadable':
      return header === null
        ? {
            en: 'This is no JWT. An opaque token says nothing by itself; its issuer knows what it is.',
            ko: 'JWT가 아닙니다. 불투명 토큰은 그 자체로는 아무것도 말하지 않으며 발급자만 뜻을 압니다.',
          }
        : {
            en: 'Strict verifiers refuse it for its form. Below is what can be read.',
            ko: '형식 때문에 엄격한 검증기는 거부합니다. 아래는 읽을 수 있는 내용입니다.',
          }
  }
}

function signedVerdict(
  audiences: readonly string[],
  kid: string,
  left: Text,
  isOver: boolean,
  isFromHere: boolean,
): Text {
  const only: Text =
    audiences.length === 0
      ? { en: '', ko: '' }
      : { en: `, only for ${audiences.join(' and ')}`, ko: ` ${audiences.join(', ')} 전용입니다.` }
  if (!isFromHere) {
    return {
      en: `Signed with key ${kid} of this server, yet it names another issuer: verifiers refuse it.`,
      ko: `이 서버의 ${kid} 키로 서명되었지만 다른 발급자를 밝히고 있어 검증기가 거부합니다.`,
    }
  }
  return isOver
    ? {
        en: `Expired ${left.en} ago; it was signed by this server with key ${kid}${only.en}.`,
        ko: `${left.ko} 전에 만료되었습니다. 이 서버가 ${kid} 키로 서명했습니다.${only.ko}`,
      }
    : {
        en: `Valid for ${left.en}, signed by this server with key ${kid}${only.en}.`,
        ko: `${left.ko} 동안 유효하고, 이 서버가 ${kid} 키로 서명했습니다.${only.ko}`,
      }
}

function secretVerdict(isRefreshToken: boolean, left: Text, isOver: boolean): Text {
  if (!isRefreshToken) {
    return {
      en: 'Cannot be verified here: its signature takes the secret key that made it.',
      ko: '여기서는 검증할 수 없습니다. 서명을 확인하려면 서명에 쓴 비밀 키가 필요합니다.',
    }
  }
  return isOver
    ? {
        en: `By what it says a refresh token of this server, expired ${left.en} ago.`,
        ko: `내용대로라면 이 서버의 리프레시 토큰이며, ${left.ko} 전에 만료되었습니다.`,
      }
    : {
        en: `By what it says a refresh token of this server, good for ${left.en}; only the server can check its signature and whether it was spent.`,
        ko: `내용대로라면 이 서버의 리프레시 토큰이고 ${left.ko} 동안 유효합니다. 서명과 사용 여부는 서버만 확인할 수 있습니다.`,
      }
}

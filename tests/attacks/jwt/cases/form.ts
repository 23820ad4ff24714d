import { claimsOf, forge, forgeEncoded, headerOf, makeKey, pemOf } from '../token-forge.ts'
import type { Collector } from './collect.ts'

export function addFormCases(all: Collector): void {
  addHeaders(all)
  addShapes(all)
  addEncodings(all)
}

function addHeaders(all: Collector): void {
  const key = all.key('ES256')
  const own = makeKey('ES256', 'attacker')
  const add = (title: string, source: string, expect: string, more: object, signer = key): void =>
    all.token('header', title, source, expect, forge(signer, headerOf(key, { ...more })))
  for (const typ of ['JWT', 'rt+jwt', 'at+jwt2', 'at +jwt', '', 'application/', 'text/at+jwt']) {
    add(`typ is ${JSON.stringify(typ)}`, 'RFC 8725 §3.11', 'typ_mismatch', { typ })
  }
  for (const typ of ['AT+JWT', 'application/at+jwt', 'Application/AT+jwt']) {
    add(`typ is ${JSON.stringify(typ)}`, 'RFC 7515 §4.1.9', 'accepted', { typ })
  }
  add('no typ', 'RFC 8725 §3.11', 'typ_mismatch', { typ: undefined })
  for (const member of ['typ', 'kid', 'cty', 'x5t', 'x5t#S256']) {
    for (const value of [7, null, ['a'], { a: 1 }]) {
      add(`${member} is ${JSON.stringify(value)}`, 'RFC 7515 §4.1', 'header_invalid', {
        [member]: value,
      })
    }
  }
  for (const crit of [['exp'], [], ['b64'], 'exp', null, ['alg'], ['crit'], [''], ['urn:x']]) {
    add(`crit is ${JSON.stringify(crit)}`, 'RFC 7515 §4.1.11', 'crit_unsupported', { crit, exp: 1 })
  }
  add('b64 false and critical', 'RFC 7797 §6', 'crit_unsupported', { b64: false, crit: ['b64'] })
  add('b64 false alone', 'RFC 7797 §3', 'header_refused', { b64: false })
  add('b64 true', 'RFC 7797 §3', 'header_refused', { b64: true })
  add(
    'the attacker key in jwk',
    'RFC 8725 §3.10',
    'header_refused',
    { jwk: own.jwk, kid: undefined },
    own,
  )
  add(
    'jku of the attacker',
    'RFC 8725 §3.10',
    'header_refused',
    { jku: 'https://evil.example/jwks' },
    own,
  )
  add(
    'x5u of the attacker',
    'RFC 8725 §3.10',
    'header_refused',
    { x5u: 'https://evil.example/x' },
    own,
  )
  add('x5c of the attacker', 'RFC 8725 §3.10', 'header_refused', { x5c: [pemOf(own)] }, own)
  add('enc', 'RFC 7516 §4.1.2', 'header_refused', { enc: 'A128GCM' })
  add('zip', 'RFC 7516 §4.1.3', 'header_refused', { zip: 'DEF' })
  const kids = [
    'unknown',
    '../../../dev/null',
    "x' UNION SELECT 'secret",
    'kid-ES256\u0000',
    'KID-ES256',
    '',
    ' ',
    '__proto__',
  ]
  for (const kid of kids) {
    add(`kid is ${JSON.stringify(kid)}`, 'RFC 8725 §3.10', 'key_unknown', { kid })
  }
  const bare = forge(key, headerOf(key, { kid: undefined }))
  all.token('header', 'no kid and two keys that fit', 'RFC 7515 §4.1.4', 'key_ambiguous', bare, {
    keys: ['ES256', 'ES256-other'],
  })
  all.token('header', 'no kid and one key that fits', 'RFC 7515 §4.1.4', 'accepted', bare, {
    keys: ['ES256', 'RS256'],
  })
  all.token(
    'header',
    'kid of a key for another algorithm',
    'RFC 8725 §3.1',
    'alg_mismatch',
    forge(key, headerOf(key, { kid: 'kid-RS256' })),
    { keys: ['ES256', 'RS256'] },
  )
}

function addShapes(all: Collector): void {
  const token = forge(all.key('ES256'))
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const add = (title: string, text: string): void =>
    all.token('encoding', title, 'RFC 7515 §7.1', 'token_malformed', text)
  add('empty', '')
  add('one part', header)
  add('two parts', `${header}.${payload}`)
  add('four parts', `${token}.${signature}`)
  add('five parts, as encryption has', `${header}..${payload}.${signature}.AAAA`)
  add('no header', `.${payload}.${signature}`)
  add('no payload', `${header}..${signature}`)
  add('no signature', `${header}.${payload}.`)
  add('only dots', '..')
  add('a thousand dots', '.'.repeat(1000))
  add('JSON serialisation', JSON.stringify({ protected: header, payload, signature }))
  add('a dot behind', `${token}.`)
  add('a dot in front', `.${token}`)
  const longest = 8192
  const filler = (length: number): string =>
    forge(all.key('ES256'), headerOf(all.key('ES256')), claimsOf({ x: 'x'.repeat(length) }))
  let size = longest
  while (filler(size).length > longest) size--
  all.token('encoding', 'as long as allowed', 'RFC 8725 §3.6', 'accepted', filler(size))
  all.token('encoding', 'longer than allowed', 'RFC 8725 §3.6', 'token_too_long', filler(size + 3))
  all.token('encoding', 'longer than an option allows', 'RFC 8725 §3.6', 'token_too_long', token, {
    options: { maxTokenLength: 100 },
  })
}

function addEncodings(all: Collector): void {
  for (const name of ['ES256', 'HS256', 'RS256']) {
    const key = all.key(name)
    const parts = forge(key).split('.') as [string, string, string]
    for (const [index, part] of ['header', 'payload', 'signature'].entries()) {
      const add = (title: string, expect: string, change: (text: string) => string): void => {
        const changed = parts.with(index, change(parts[index]!)) as [string, string, string]
        // The first two parts are signed as they are, so that only the encoding is at fault.
        const token = index === 2 ? changed.join('.') : forgeEncoded(key, changed[0], changed[1])
        all.token('encoding', `${name} ${part} ${title}`, 'RFC 7515 §2', expect, token, {
          keys: [name],
        })
      }
      const bad = 'encoding_invalid'
      add('padded', bad, (text) => `${text}=`)
      add('padded twice', bad, (text) => `${text}==`)
      add('with a space in front', bad, (text) => ` ${text}`)
      add('with a line feed behind', bad, (text) => `${text}\n`)
      add('with a plus sign', bad, (text) => `${text.slice(0, 8)}+${text.slice(9)}`)
      add('with a slash', bad, (text) => `${text.slice(0, 8)}/${text.slice(9)}`)
      add('with a zero character', bad, (text) => `${text.slice(0, 8)}\u0000${text.slice(9)}`)
      add('percent-encoded', bad, (text) => `${text.slice(0, 8)}%41${text.slice(11)}`)
      if (index === 2) {
        // Characters whose low byte is the right one: fatal where text is cut to bytes.
        add('with characters 256 higher', bad, (text) => shiftUp(text))
        add('with loose bits', bad, loosen)
      }
    }
    const wide = parts.with(0, shiftUp(parts[0]))
    all.token(
      'encoding',
      `${name} header 256 higher`,
      'RFC 7515 §2',
      'encoding_invalid',
      wide.join('.'),
      { keys: [name] },
    )
    const widePayload = parts.with(1, shiftUp(parts[1]))
    // Where text is cut to bytes, the signature would be good.
    all.token(
      'encoding',
      `${name} payload 256 higher`,
      'RFC 7515 §2',
      'signature_invalid',
      widePayload.join('.'),
      { keys: [name] },
    )
  }
  const key = all.key('ES256')
  for (const [title, bytes] of Object.entries(invalidUtf8)) {
    const payload = Buffer.concat([Buffer.from('{"iss":"'), bytes, Buffer.from('"}')])
    all.token(
      'encoding',
      `payload with ${title}`,
      'RFC 3629 §3',
      'utf8_invalid',
      forge(key, headerOf(key), payload),
    )
  }
  const utf16 = Buffer.from(JSON.stringify(claimsOf()), 'utf16le')
  all.token(
    'encoding',
    'payload in UTF-16',
    'RFC 8259 §8.1',
    'json_invalid',
    forge(key, headerOf(key), utf16),
  )
  for (const text of ['Bearer ', 'bearer ', '"', '\uFEFF']) {
    all.token(
      'encoding',
      `${JSON.stringify(text)} in front of the token`,
      'RFC 7515 §7.1',
      'encoding_invalid',
      text + forge(key),
    )
  }
}

const invalidUtf8: Record<string, Buffer> = {
  'an overlong slash': Buffer.of(0xc0, 0xaf),
  'a lone continuation': Buffer.of(0x80),
  'a surrogate': Buffer.of(0xed, 0xa0, 0x80),
  'a code point too large': Buffer.of(0xf4, 0x90, 0x80, 0x80),
  'a cut sequence': Buffer.of(0xe2, 0x82),
  'a byte that never occurs': Buffer.of(0xff),
}

/** Set a bit that decodes to nothing. */
function loosen(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) | 1]!
}

/** Characters whose low byte is that of the given ones. */
function shiftUp(text: string): string {
  return text.replaceAll(/./g, (character) => String.fromCodePoint(character.codePointAt(0)! + 256))
}

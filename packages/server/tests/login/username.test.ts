import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  USERNAME_MAX_CHARACTERS,
  USERNAME_MAX_RAW_UNITS,
  parseUsername,
} from '../../src/login/username.ts'

function keyOf(text: string): string {
  const parsed = parseUsername(text)
  assert.ok(parsed.ok, `${JSON.stringify(text)} should be a user name`)
  return parsed.usernameKey
}

function reasonFor(text: string): string {
  const parsed = parseUsername(text)
  return parsed.ok ? 'accepted' : parsed.reason
}

const troublesome = Array.from(
  'iIıİjJßẞſsSσςΣµμΜKÅåÀéǆǅŉΐᾳΩ가각힣ＡａｚＺ０９@._-+ ' +
    'ﬁ²①㎏ᄀ까ᅢᆨᆩㄱㅏｱﾞあ王🐴' +
    '\u0300\u0301\u0307\u030c\u0323\u0345\u3000\u00a0\u200b\u200d\ufeff\u00ad\u3164\u115f\ufe0f',
)
const anyName = fc.oneof(
  fc.array(fc.constantFrom(...troublesome), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)

test('one name in many spellings has one key', () => {
  const spellings: readonly (readonly string[])[] = [
    ['minji', 'MINJI', ' Minji\t', 'ｍｉｎｊｉ', '\u3000Minji\u00a0', 'mınjı', 'Mi\u0307NJİ'],
    ['Straße', 'STRASSE', 'strasse', 'STRAẞE', 'ſtraſſe'],
    ['ὈΔΥΣΣΕΎΣ', 'ὀδυσσεύς', 'ὀδυσσεύσ'],
    ['김민지', '김민지'.normalize('NFD'), ' 김민지 '],
    ['Kim Minji', 'kim\u00a0minji', 'KIM\u3000MINJI'],
    ['minji.kim@Example.com', 'MINJI.KIM＠EXAMPLE.COM'],
    ['Ånge', 'A\u030ange', '\u212bNGE'],
  ]
  for (const same of spellings) {
    assert.equal(new Set(same.map(keyOf)).size, 1, same.join(' '))
  }
  assert.equal(keyOf('김민지'), '김민지')
  assert.equal(keyOf('Minji.Kim@Example.com'), 'minji.kim@example.com')
  assert.notEqual(keyOf('jose'), keyOf('josé'))
})

test('the name shown keeps its case', () => {
  const parsed = parseUsername('  Ｍinji 김 ')
  assert.ok(parsed.ok)
  assert.equal(parsed.username, 'Minji 김')
  assert.equal(parsed.usernameKey, 'minji 김')
})

test('refusals', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'empty'],
    [' \t\n\u3000\ufeff', 'empty'],
    ['mi\u0000nji', 'invisible_character'],
    ['minji\u0000', 'invisible_character'],
    ['mi\tnji', 'invisible_character'],
    ['mi\u0085nji', 'invisible_character'],
    ['mi\u200bnji', 'invisible_character'],
    ['mi\u200dnji', 'invisible_character'],
    ['mi\u00adnji', 'invisible_character'],
    ['mi\u202enji', 'invisible_character'],
    ['mi\u2028nji', 'invisible_character'],
    ['mi\u2029nji', 'invisible_character'],
    ['mi\ue000nji', 'invisible_character'],
    ['mi\u0378nji', 'invisible_character'],
    ['mi\ufdd0nji', 'invisible_character'],
    ['mi\ufe0fnji', 'invisible_character'],
    ['mi\u034fnji', 'invisible_character'],
    ['mi\u3164nji', 'invisible_character'],
    ['mi\uffa0nji', 'invisible_character'],
    ['mi\u2800nji', 'invisible_character'],
    ['mi\ufffdnji', 'invisible_character'],
    ['mi\u{e0041}nji', 'invisible_character'],
    ['mi\ud800nji', 'malformed_text'],
    ['mi\udc00', 'malformed_text'],
    ['kim  minji', 'white_space'],
    ['kim \u3000minji', 'white_space'],
    ['kim\u1680minji', 'white_space'],
    ['\u0301minji', 'stray_mark'],
    ['\u00a8minji', 'stray_mark'],
    ['@...', 'no_letter_or_digit'],
    ['🐴', 'no_letter_or_digit'],
    ['a'.repeat(USERNAME_MAX_CHARACTERS + 1), 'too_long'],
    ['ß'.repeat(USERNAME_MAX_CHARACTERS), 'too_long'],
    ['\ufdfa'.repeat(8), 'too_long'],
    ['a'.repeat(10_000), 'too_long'],
  ]
  for (const [text, reason] of cases) {
    assert.equal(reasonFor(text), reason, JSON.stringify(text).slice(0, 40))
  }
})

test('a refusal explains itself without repeating the input', () => {
  const parsed = parseUsername('secret\u0000name')
  assert.ok(!parsed.ok)
  assert.match(parsed.explanation, /invisible/)
  assert.doesNotMatch(parsed.explanation, /secret/)
})

test('64 characters fit in every spelling that normalises to them', () => {
  for (const character of ['a', '김', '𠮷', 'é']) {
    const name = character.repeat(USERNAME_MAX_CHARACTERS)
    assert.equal(reasonFor(name), 'accepted')
    assert.equal(keyOf(name.normalize('NFD')), name)
  }
})

test('input too long to be a name is never normalised', (t) => {
  const normalize = t.mock.method(String.prototype, 'normalize')
  assert.equal(reasonFor('\ufdfa'.repeat(USERNAME_MAX_RAW_UNITS + 1)), 'too_long')
  assert.equal(normalize.mock.callCount(), 0)
})

function assertStable(text: string): void {
  const parsed = parseUsername(text)
  if (!parsed.ok) return
  const { username, usernameKey } = parsed
  assert.equal(keyOf(usernameKey), usernameKey)
  const again = parseUsername(username)
  assert.deepEqual(again, parsed)
  assert.equal(keyOf(username.toLowerCase()), usernameKey)
  for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) {
    assert.equal(keyOf(username.normalize(form)), usernameKey)
  }
  for (const kept of [username, usernameKey]) {
    assert.ok(kept.isWellFormed() && kept === kept.trim() && kept === kept.normalize('NFKC'))
    assert.doesNotMatch(kept, /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
    assert.ok(Array.from(kept).length <= USERNAME_MAX_CHARACTERS)
  }
}

test('the key of a key is itself, whatever the text', () => {
  fc.assert(fc.property(anyName, assertStable), { numRuns: 2_000 })
})

test('every code point that has another case or another form keeps the key stable', () => {
  let checked = 0
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
    const character = String.fromCodePoint(codePoint)
    const changes =
      character.toUpperCase() !== character ||
      character.toLowerCase() !== character ||
      (!(codePoint >= 0xac00 && codePoint <= 0xd7a3) && character.normalize('NFKD') !== character)
    if (!changes) continue
    checked += 1
    assertStable(character)
    assertStable(`a${character}`)
  }
  assert.ok(checked > 5_000, `only ${checked} code points`)
})

test('upper case never changes the key', () => {
  const withoutIotaSubscript = anyName.filter((text) => !text.normalize('NFKD').includes('\u0345'))
  fc.assert(
    fc.property(withoutIotaSubscript, (text) => {
      const parsed = parseUsername(text)
      if (!parsed.ok) return
      const upper = parseUsername(parsed.username.toUpperCase())
      // Upper case can be longer; nothing else may set it apart.
      if (upper.ok) assert.equal(upper.usernameKey, parsed.usernameKey)
      else assert.equal(upper.reason, 'too_long')
    }),
    { numRuns: 2_000 },
  )
})

test('random text never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      parseUsername(text)
    }),
  )
})

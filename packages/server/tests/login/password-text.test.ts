import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  PASSWORD_MAX_CHARACTERS,
  PASSWORD_MAX_RAW_UNITS,
  parsePassword,
} from '../../src/login/password-text.ts'

test('composed and decomposed spellings are one password', () => {
  const composed = parsePassword('비밀번호 café')
  assert.deepEqual(parsePassword('비밀번호 café'.normalize('NFD')), composed)
  assert.deepEqual(composed, { ok: true, password: '비밀번호 café', characterCount: 9 })
})

test('nothing but composition changes: case, width and white space count', () => {
  for (const text of ['Abc', 'ａｂｃ', ' abc ', 'a\tb', 'a  b', 'ﬁ', 'ß', '\u0000']) {
    assert.deepEqual(parsePassword(text), {
      ok: true,
      password: text,
      characterCount: text.length,
    })
  }
})

test('characters are code points, and 256 of them fit in every spelling', () => {
  for (const character of ['a', '김', '𠮷', 'é']) {
    const longest = character.repeat(PASSWORD_MAX_CHARACTERS)
    const parsed = parsePassword(longest.normalize('NFD'))
    assert.ok(parsed.ok)
    assert.equal(parsed.characterCount, PASSWORD_MAX_CHARACTERS)
    assert.deepEqual(parsePassword(longest + character), { ok: false, reason: 'too_long' })
  }
})

test('lone surrogates are no text', () => {
  assert.deepEqual(parsePassword('pass\ud800word'), { ok: false, reason: 'malformed_text' })
  assert.deepEqual(parsePassword('password\udc00'), { ok: false, reason: 'malformed_text' })
})

test('far too long input is never normalised', (t) => {
  const normalize = t.mock.method(String.prototype, 'normalize')
  const parsed = parsePassword('\u1100'.repeat(PASSWORD_MAX_RAW_UNITS + 1))
  assert.deepEqual(parsed, { ok: false, reason: 'too_long' })
  assert.equal(normalize.mock.callCount(), 0)
})

test('parsing a parsed password changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const parsed = parsePassword(text)
      if (parsed.ok) assert.deepEqual(parsePassword(parsed.password), parsed)
    }),
  )
})

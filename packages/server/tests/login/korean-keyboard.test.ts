import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typeOnLatinKeyboard } from '../../src/login/korean-keyboard.ts'

test('Hangul comes out as the Latin keys it is typed with', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['사랑해', 'tkfkdgo'],
    ['안녕하세요', 'dkssudgktpdy'],
    ['비밀번호', 'qlalfqjsgh'],
    ['떡볶이', 'EjrqhRdl'],
    ['닭값의', 'ekfrrkqtdml'],
    ['왜 괜찮', 'dho rhoscksg'],
    ['ㅋㅋㅋ', 'zzz'],
    ['ㅁㄴㅇㄹ', 'asdf'],
    ['김 Minji 2', 'rla Minji 2'],
    ['café', 'café'],
  ]
  for (const [hangul, keys] of cases) {
    assert.equal(typeOnLatinKeyboard(hangul), keys)
    assert.equal(typeOnLatinKeyboard(hangul.normalize('NFD')), keys)
  }
})

test('every syllable can be typed, and none in the way of another', () => {
  const typed = new Set<string>()
  for (let codePoint = 0xac00; codePoint <= 0xd7a3; codePoint += 1) {
    const keys = typeOnLatinKeyboard(String.fromCodePoint(codePoint))
    assert.match(keys, /^[a-zA-Z]{2,5}$/)
    typed.add(keys)
  }
  assert.equal(typed.size, 11_172)
})

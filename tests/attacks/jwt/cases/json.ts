import { claimsOf, forge, headerOf } from '../token-forge.ts'
import type { Collector } from './collect.ts'

/** A payload's JSON with something put in front of its last brace. */
function withTail(tail: string): string {
  return `${JSON.stringify(claimsOf()).slice(0, -1)}${tail}}`
}

function nested(open: string, close: string, depth: number): string {
  return `,"x":${open.repeat(depth)}${close.repeat(depth)}`
}

export function addJsonCases(all: Collector): void {
  addDuplicates(all)
  addSyntax(all)
  addDepths(all)
}

function addDuplicates(all: Collector): void {
  const key = all.key('ES256')
  const header = JSON.stringify(headerOf(key))
  const add = (title: string, tail: string, expect = 'json_duplicate_member'): void => {
    all.token(
      'json',
      `payload: ${title}`,
      'RFC 7519 §4',
      expect,
      forge(key, header, withTail(tail)),
    )
    const headerText = `${header.slice(0, -1)}${tail}}`
    all.token('json', `header: ${title}`, 'RFC 7515 §4', expect, forge(key, headerText))
  }
  add('a second alg and iss', ',"alg":"ES256","iss":"https://evil.example","alg":"ES256"')
  add('the same member with the same value', ',"a":1,"a":1')
  add('an escaped name', ',"a":1,"\\u0061":2')
  add('a name with escapes twice', ',"\\u0061":1,"\\u0061":2')
  add('escaped quotes in a name', ',"a\\"":1,"a\\u0022":2')
  add('in an object inside', ',"x":{"a":1,"a":2}')
  add('in an array inside', ',"x":[{"a":1,"b":2,"a":2}]')
  add('deep inside', ',"x":[[{"y":{"z":[{"a":1,"a":1}]}}]]')
  add('spaces before a colon', ',"a" :1,"a"\t:2')
  add('colons in strings beside', ',"a:":":","b":"::","b":":"')
  add('empty names', ',"":1,"":2')
  add('a number as a name', ',"7":1,"7":2')
  add('three times', ',"a":1,"a":2,"a":3')
  add('a colon in a string hides nothing', ',"a":":","b":"\\":\\"","c":"\\\\"', 'accepted')
  add('the same name at two levels', ',"a":{"a":{"a":1}}', 'accepted')
  add('the same name in two objects', ',"a":[{"b":1},{"b":2}]', 'accepted')
  add('__proto__', ',"__proto__":{"admin":true}', 'json_forbidden_member')
  add('__proto__ escaped', ',"\\u005f_proto__":{"admin":true}', 'json_forbidden_member')
  add('__proto__ that is a number', ',"__proto__":1', 'json_forbidden_member')
  add('__proto__ inside', ',"x":[{"__proto__":null}]', 'json_forbidden_member')
  add(
    'constructor and prototype, which are only names',
    ',"constructor":{"prototype":1}',
    'accepted',
  )
  add('a lone high surrogate', ',"a":"\\ud800"', 'json_lone_surrogate')
  add('a lone low surrogate', ',"a":"x\\udc00"', 'json_lone_surrogate')
  add('surrogates in the wrong order', ',"a":"\\udc00\\ud800"', 'json_lone_surrogate')
  add('a lone surrogate in a name', ',"\\ud800":1', 'json_lone_surrogate')
  add('a lone surrogate inside', ',"x":[{"y":["\\uDBFF"]}]', 'json_lone_surrogate')
  add('a pair of surrogates', ',"a":"\\ud83d\\ude00"', 'accepted')
}

const notJson: Record<string, string> = {
  'a trailing comma': withTail(','),
  'a comment': withTail('/* x */'),
  'single quotes': "{'iss':'a'}",
  'a bare name': '{iss:"a"}',
  NaN: withTail(',"a":NaN'),
  Infinity: withTail(',"a":Infinity'),
  'a leading zero': withTail(',"a":01'),
  'a plus sign': withTail(',"a":+1'),
  hexadecimal: withTail(',"a":0x1'),
  'a bare point': withTail(',"a":.5'),
  'a raw line feed in a string': withTail(',"a":"\n"'),
  'an unknown escape': withTail(',"a":"\\x41"'),
  'two objects': `${withTail('')}{}`,
  'text behind': `${withTail('')}x`,
  'a zero byte behind': `${withTail('')}\0`,
  'a byte order mark': `\uFEFF${withTail('')}`,
  'an open object': withTail('').slice(0, -1),
  'an open string': '{"iss":"a',
  'a no-break space': `\u00A0${withTail('')}`,
  undefined: withTail(',"a":undefined'),
}

function addSyntax(all: Collector): void {
  const key = all.key('ES256')
  const header = headerOf(key)
  for (const [title, text] of Object.entries(notJson)) {
    all.token(
      'json',
      `payload with ${title}`,
      'RFC 8259 §2',
      'json_invalid',
      forge(key, header, text),
    )
  }
  for (const text of ['null', 'true', '1', '"a"', '[]', '[{"iss":"a"}]']) {
    all.token(
      'json',
      `payload is ${text}`,
      'RFC 7519 §7.2',
      'json_not_object',
      forge(key, header, text),
    )
    all.token('json', `header is ${text}`, 'RFC 7515 §4', 'json_not_object', forge(key, text))
  }
  all.token(
    'json',
    'payload with spaces around',
    'RFC 8259 §2',
    'accepted',
    forge(key, header, ` ${withTail('')}\n`),
  )
  all.token('json', 'payload is a space', 'RFC 8259 §2', 'json_invalid', forge(key, header, ' '))
  all.token('json', 'header is a space', 'RFC 8259 §2', 'json_invalid', forge(key, ' '))
  all.token('json', 'header is not JSON', 'RFC 7515 §5.2', 'json_invalid', forge(key, 'alg=ES256'))
}

function addDepths(all: Collector): void {
  const key = all.key('ES256')
  const header = headerOf(key)
  for (const [title, tail, expect] of [
    ['arrays 64 deep', nested('[', ']', 63), 'accepted'],
    ['arrays 65 deep', nested('[', ']', 64), 'json_too_deep'],
    ['objects 65 deep', `,"x":${'{"x":'.repeat(64)}1${'}'.repeat(64)}`, 'json_too_deep'],
    ['arrays 2,000 deep', nested('[', ']', 2000), 'json_too_deep'],
    ['arrays 2,000 deep and open', `,"x":${'['.repeat(2000)}`, 'json_too_deep'],
    ['brackets in a string', `,"x":"${'['.repeat(200)}"`, 'accepted'],
    ['many arrays side by side', `,"x":[${'[],'.repeat(300)}[]]`, 'accepted'],
  ] as const) {
    all.token('json', title, 'RFC 8259 §9', expect, forge(key, header, withTail(tail)))
  }
  const options = (text: string, maxDepth: unknown) => ({ text, maxDepth })
  const addOption = (id: string, expect: string, values: Record<string, unknown>): void =>
    all.add({
      kind: 'option',
      make: 'strictJson',
      area: 'json',
      id: `json: ${id}`,
      source: 'RFC 8259 §9',
      expect,
      options: values,
    })
  addOption('a lower limit holds', 'json_too_deep', options('{"a":{"b":{}}}', 2))
  addOption('a lower limit lets pass', 'accepted', options('{"a":{"b":1}}', 2))
  addOption('a raw lone surrogate', 'json_lone_surrogate', options('{"a":"\ud800"}', 64))
  addOption('empty text', 'json_invalid', options('', 64))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { html } from '../../src/ui/html.ts'

const hostile: readonly (readonly [string, string])[] = [
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['" onfocus="alert(1)" autofocus="', '&quot; onfocus=&quot;alert(1)&quot; autofocus=&quot;'],
  ["' onfocus='alert(1)", '&#39; onfocus=&#39;alert(1)'],
  ['` onfocus=`alert(1)', '&#96; onfocus=&#96;alert(1)'],
  ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
  ['</title><img src=x onerror=alert(1)>', '&lt;/title&gt;&lt;img src=x onerror=alert(1)&gt;'],
  ['<!--', '&lt;!--'],
  ['홍길동 🐎', '홍길동 🐎'],
]

for (const [value, escaped] of hostile) {
  test(`${value} is shown and does nothing`, () => {
    assert.equal(html`<p>${value}</p>`.toString(), `<p>${escaped}</p>`)
    assert.equal(html`<p title="${value}"></p>`.toString(), `<p title="${escaped}"></p>`)
  })
}

test('no text gets out of an element or an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const markup = html`${text}`.toString()
      assert.doesNotMatch(markup, /[<>"'`]/)
      assert.doesNotMatch(markup, /&(?!(amp|lt|gt|quot|#39|#96);)/)
    }),
  )
})

test('markup stays markup, lists are joined, nothing is nothing', () => {
  const item = (text: string) => html`<li>${text}</li>`
  const list = html`<ul>
    ${['a', '<'].map(item)}${null}${[null, [1, 'b']]}
  </ul>`
  const tight = list.toString().replaceAll(/\s/g, '')
  assert.equal(tight, '<ul><li>a</li><li>&lt;</li>1b</ul>')
})

test('what only looks like markup is escaped', () => {
  const lookalike = { toString: () => '<b>' } as unknown as string
  assert.throws(() => html`${lookalike}`)
})

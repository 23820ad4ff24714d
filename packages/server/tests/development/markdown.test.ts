import assert from 'node:assert/strict'
import { test } from 'node:test'

import { renderMarkdown } from '../../src/development/markdown.ts'

/** Without the spaces between elements. */
const render = (text: string) => renderMarkdown(text).join('').replaceAll(/>\s+</g, '><')

const CASES: readonly (readonly [string, string])[] = [
  ['# A\n\n## B\n\n### C\n\n## D', '<h1>A</h1><h2 id="h1">B</h2><h3>C</h3><h2 id="h2">D</h2>'],
  ['one\ntwo\n\nthree', '<p>one two</p><p>three</p>'],
  ['- a\n  b\n- c', '<ul><li>a b</li><li>c</li></ul>'],
  ['1. a\n2. b', '<ol><li>a</li><li>b</li></ol>'],
  [
    '```sh\n# <b> `c`\n\n- d\n```',
    '<pre tabindex="0"><code># &lt;b&gt; &#96;c&#96;\n\n- d</code></pre>',
  ],
  ['**a `b` c** <script>', '<p><strong>a <code>b</code> c</strong> &lt;script&gt;</p>'],
  [
    '[a](rotation.md#b) [c](../adr) [d](javascript:e)',
    '<p><a href="/demo/docs/rotation">a</a> c d</p>',
  ],
  [
    '| a | b |\n| --- | --- |\n| `c\\|d` | e |',
    '<div class="table" tabindex="0"><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><td><code>c|d</code></td><td>e</td></tr></tbody></table></div>',
  ],
  ['<!-- table: x -->\n\na', '<p>a</p>'],
]

for (const [markdown, expected] of CASES) {
  test(`${JSON.stringify(markdown)} becomes HTML`, () => {
    assert.equal(render(markdown), expected)
  })
}

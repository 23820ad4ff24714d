import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { accentsOf, themeCss } from '../../src/ui/theme.ts'

/** Spec: WCAG 2.2, contrast ratio; written a second time, from the text of the standard. */
function contrast(a: string, b: string): number {
  const luminance = (color: string) =>
    [1, 3, 5]
      .map((start) => Number.parseInt(color.slice(start, start + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index]!, 0)
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (high! + 0.05) / (low! + 0.05)
}

const css = readFileSync(new URL('../../src/ui/assets/pages.css', import.meta.url), 'utf8')
const [light, dark] = css.split('@media (prefers-color-scheme: dark)')
const surface = (scheme: string, name: string) =>
  new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(scheme)![1]!

test('no colour of an operator makes anything unreadable, in either scheme', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (value) => {
      const accents = accentsOf(`#${value.toString(16).padStart(6, '0')}`)
      for (const [scheme, { accent, onAccent, accentHover }] of [
        [light!, accents.light],
        [dark!, accents.dark],
      ] as const) {
        for (const name of ['page', 'card']) {
          assert.ok(contrast(accent, surface(scheme, name)) >= 4.5, `${accent} on ${name}`)
        }
        for (const ground of [accent, accentHover]) {
          assert.ok(contrast(onAccent, ground) >= 4.5, `${onAccent} on ${ground}`)
        }
      }
    }),
    { examples: [[0], [0xffffff], [0xffff00], [0x0000ff], [0x808080]] },
  )
})

test('a colour that can be read is left as it is', () => {
  assert.equal(accentsOf('#8a5a18').light.accent, '#8a5a18')
  assert.match(themeCss('#8a5a18'), /^:root\{--accent:#8a5a18;--on-accent:#ffffff;[^}]*\}\n@media/)
})

test('every colour of the stylesheet has a twin in the dark', () => {
  const namesOf = (scheme: string) =>
    (/:root \{[^}]*\}/.exec(scheme)![0].match(/--[\w-]+(?=:)/g) ?? []).toSorted()
  assert.deepEqual(namesOf(dark!), namesOf(light!))
  for (const scheme of [light!, dark!]) {
    for (const name of ['text', 'quiet-text']) {
      for (const ground of ['page', 'card']) {
        assert.ok(contrast(surface(scheme, name), surface(scheme, ground)) >= 4.5, name)
      }
    }
    for (const name of ['problem', 'done']) {
      assert.ok(contrast(surface(scheme, name), surface(scheme, `${name}-ground`)) >= 4.5, name)
    }
    assert.ok(contrast(surface(scheme, 'field-line'), surface(scheme, 'card')) >= 3)
  }
})

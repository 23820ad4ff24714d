import assert from 'node:assert/strict'

import type { Page } from './pages.ts'
import type { RanStep } from './run-page.ts'

/** Every command of the page succeeded and printed what the page says. */
export function assertRanAsStated({ path }: Page, steps: readonly RanStep[]): void {
  assert.ok(steps.length > 0, `${path} has commands`)
  for (const { status, commands, output, expected, line } of steps) {
    assert.equal(status, 0, `${path}:${line} failed:\n${commands}\n${output}`)
    if (expected === null) continue
    assert.ok(isPrintedAsStated(output, expected), `${path}:${line} printed:\n${output}`)
  }
}

/**
 * Whether the output is what a page says, where `…` stands for any characters of one line. How many
 * spaces align a column depends on what varies, and does not count.
 */
export function isPrintedAsStated(output: string, stated: string): boolean {
  const pattern = aligned(stated)
    .split('…')
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^\\n]+')
  return new RegExp(`^${pattern}$`).test(aligned(output))
}

function aligned(text: string): string {
  return text.replaceAll('\r', '').replaceAll(/ +/g, ' ').trim()
}

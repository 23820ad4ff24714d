import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startChromium } from '../../../../tests/browser/chromium.ts'
import { attackLines, bundleFor } from './bundle.ts'
import type { Report } from './run-everywhere.ts'

test('the build for browsers passes every case on the WebCrypto of Node', async (context) => {
  const code = await bundleFor('browser')
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    runEverywhere: (lines: string) => Promise<Report>
  }
  const report = await module.runEverywhere(attackLines)
  assert.deepEqual(report.wrong, [])
  assert.deepEqual(report.lacking, [])
  context.diagnostic(`${report.ran} cases`)
})

test('and in a browser', async (context) => {
  const started = await startChromium()
  if (started === undefined) return context.skip('no browser here')
  try {
    const page = await started.browser.newPage()
    await page.route('https://app.example.com/**', async (route) => {
      const isModule = route.request().url().endsWith('.js')
      await route.fulfill({
        contentType: isModule ? 'text/javascript' : 'text/html',
        body: isModule ? await bundleFor('browser') : '<!doctype html>',
      })
    })
    await page.goto('https://app.example.com/')
    const report = await page.evaluate<Report, string>(async (lines) => {
      const url = '/bundle.js'
      const module = (await import(url)) as { runEverywhere: (text: string) => Promise<Report> }
      return module.runEverywhere(lines)
    }, attackLines)
    assert.deepEqual(report.wrong, [])
    const lacking = report.lacking.join(', ') || 'nothing'
    context.diagnostic(
      `Chromium ${started.browser.version()}: ${report.ran} cases, lacks ${lacking}`,
    )
  } finally {
    await started.stop()
  }
})

// Takes the pictures of the demo and of the inspector for the README pages:
//
//   npm run screenshots
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Page } from 'playwright-core'

import { startChromium } from '../tests/browser/chromium.ts'
import { startDevelopmentServer } from '../tests/browser/development-server.ts'
import { ROOT } from '../tests/repository/source-file.ts'

const ACCESS_TOKEN_SECONDS = 60
const SIZE = { width: 1280, height: 960 }
const QUALITY = 80

const LANGUAGES = [
  { suffix: '', locale: 'en-US' },
  { suffix: '.ko', locale: 'ko-KR' },
] as const
const SCHEMES = ['light', 'dark'] as const

const started = await startChromium()
if (started === undefined) throw new Error('There is no browser on this machine.')
const server = await startDevelopmentServer(ACCESS_TOKEN_SECONDS)
try {
  for (const { suffix, locale } of LANGUAGES) {
    for (const colorScheme of SCHEMES) {
      const context = await started.browser.newContext({ locale, colorScheme, viewport: SIZE })
      const demo = await context.newPage()
      await demo.goto(`${server.url}/demo`)
      await demo.locator('.controls button').first().click()
      await demo.locator('.step.waiting').waitFor()
      await demo.locator('.controls button').nth(1).click()
      await demo.locator('.step').nth(6).locator('.status').waitFor()
      const inspector = await context.newPage()
      await inspector.goto(`${server.url}/inspector`)
      await inspector.locator('.buttons button').first().click()
      await inspector.locator('.verdict').waitFor()
      await picture(demo, `demo${suffix}-${colorScheme}`)
      await picture(inspector, `inspector${suffix}-${colorScheme}`)
      await context.close()
    }
  }
} finally {
  await started.stop()
  await server.stop()
}

/** What one sees without scrolling, the title at the top. */
async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)')
  const browser = await page.context().newCDPSession(page)
  const { data } = await browser.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
  })
  const bytes = Buffer.from(data, 'base64')
  const path = join('docs', 'pictures', `${name}.webp`)
  writeFileSync(join(ROOT, path), bytes)
  console.log(`${path}: ${Math.round(bytes.length / 1024)} KiB`)
}

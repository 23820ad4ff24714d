import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

import { startChromium } from './chromium.ts'
import { startDevelopmentServer } from './development-server.ts'

const ACCESS_TOKEN_SECONDS = 8
const started = await startChromium()
const server = await startDevelopmentServer(ACCESS_TOKEN_SECONDS)
after(async () => {
  await started?.stop()
  await server.stop()
})

interface Visit {
  readonly page: Page
  /** What the browser complained about: policy violations and exceptions. */
  readonly complaints: string[]
}

async function visit(path: string, options: object = {}): Promise<Visit> {
  const context = await started!.browser.newContext({ locale: 'en-US', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    // A refused call is what the demo is about.
    if (message.type() === 'error' && !message.text().includes('status of 4')) {
      complaints.push(message.text())
    }
  })
  await page.goto(server.url + path)
  return { page, complaints }
}

async function checkAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((one) => one.html).join()}`)
  assert.deepEqual(found, [])
}

const EXPERIMENTS: readonly (readonly [string, RegExp])[] = [
  ['Change the payload', /^Refused by both/],
  ['Steal the refresh token', /^Both are out/],
  ['Lose a response', /^Still signed in/],
  ['Revoke', /^Refused after \d{1,3} ms/],
  ['Rotate the signing key', /^Nothing breaks/],
  ['Session-style against token-style', /^40 queries against none, for the same 20 calls/],
]

const widthOf = (page: Page) => page.evaluate('document.documentElement.scrollWidth')
const NARROW = { viewport: { width: 320, height: 640 } }

test('the pages of the console', async (context) => {
  if (started === undefined) return context.skip('no browser here')

  // It goes on by itself while the others run.
  const walk = await visit('/demo')
  await context.test('demo: from the click to visible tokens', async (t) => {
    const { page } = walk
    await page.getByRole('button', { name: 'Sign in as guest' }).waitFor()
    const milliseconds = Number(
      await page.evaluate(`new Promise((resolve) => {
        const start = performance.now()
        new MutationObserver(() => {
          if (document.querySelector('.token-text')) resolve(performance.now() - start)
        }).observe(document.body, { subtree: true, childList: true })
        document.querySelector('button.main').click()
      })`),
    )
    assert.ok(milliseconds < 1000, `${milliseconds} ms`)
    t.diagnostic(`from the click to visible tokens: ${milliseconds.toFixed(0)} ms`)
  })

  await context.test('playground: every experiment ends as it says', async (t) => {
    const { page, complaints } = await visit('/demo')
    for (const [title, outcome] of EXPERIMENTS) {
      const card = page.getByRole('article', { name: title })
      await card.getByRole('button').click()
      await card.locator('.outcome').waitFor()
      const said = await card.locator('.outcome').innerText()
      assert.match(said, outcome)
      assert.equal(await card.getAttribute('data-state'), 'held', said)
      t.diagnostic(`${title}: ${said}`)
    }
    const steal = page.getByRole('article', { name: 'Steal the refresh token' })
    assert.match(await steal.locator('.family').innerText(), /token\.reuse_detected/)
    await checkAccessible(page)
    assert.equal(complaints.join(), '')
    for (const link of await page.getByRole('link', { name: 'The rule' }).all()) {
      const target = new URL((await link.getAttribute('href'))!, server.url)
      const rule = await page.context().newPage()
      assert.equal((await rule.goto(target.href))!.status(), 200)
      assert.equal(await rule.locator(target.hash).count(), 1, target.href)
      await rule.close()
    }
  })

  await context.test('a rule: narrow, in both languages', async () => {
    const { page, complaints } = await visit('/demo/docs/rotation?lang=ko', NARROW)
    await page.getByRole('heading', { level: 1, name: /[가-힣]/ }).waitFor()
    assert.equal(await widthOf(page), NARROW.viewport.width)
    await checkAccessible(page)
    assert.deepEqual(complaints, [])
  })

  await context.test('inspector: takes the tokens of the open demo and judges them', async () => {
    const { page: demo } = await visit('/demo')
    await demo.getByRole('button', { name: 'Sign in as guest' }).click()
    await demo.locator('.token-text').first().waitFor()
    const page = await demo.context().newPage()
    const requests: string[] = []
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    await page.goto(`${server.url}/inspector`)
    await page.getByRole('button', { name: 'Those of the open demo' }).click()
    const verdict = page.locator('.sentence')
    await verdict.waitFor()
    assert.match(
      await verdict.innerText(),
      /^Valid for \d s, signed by this server with key \S+, only for http:\/\/localhost:\d+\.$/,
    )
    assert.match(await page.getByRole('note').innerText(), /^This token is live/)
    await checkAccessible(page)
    assert.equal(new URL(page.url()).search + new URL(page.url()).hash, '')
    const others = requests.filter((path) => !path.startsWith('/demo/assets/'))
    assert.deepEqual(others, ['/inspector', '/.well-known/jwks.json'])

    await page.getByText('2. rt+jwt').click()
    assert.match(await verdict.innerText(), /^By what it says a refresh token of this server/)
    const text = await page.getByRole('textbox').inputValue()
    const [header, payload, signature] = text.split('\n')[0]!.split('.')
    const other = `${signature!.startsWith('A') ? 'B' : 'A'}${signature!.slice(1)}`
    await page.getByRole('textbox').fill(`Bearer ${header}.${payload}.${other}`)
    await page.getByText('Changed or forged').waitFor()
    assert.equal(await page.getByRole('note').count(), 0)
  })

  await context.test('inspector: decodes what it cannot verify and lets nothing out', async () => {
    const { page, complaints } = await visit('/inspector')
    await page.getByRole('button', { name: 'Not signed, with personal data' }).click()
    await page.getByText('Not signed at all').waitFor()
    await page.getByText('Personal data: name, email.').waitFor()
    await page.getByRole('button', { name: 'From the standard' }).click()
    await page.getByText('Cannot be verified here').waitFor()
    await page.getByRole('textbox').fill('mpk_nothing')
    await page.getByText('This is no JWT').waitFor()
    assert.deepEqual(complaints, [])
    const leak = await page.evaluate(
      `fetch('/v1/login', { method: 'POST' }).then(() => 'sent', () => 'refused')`,
    )
    assert.equal(leak, 'refused')
    assert.match(complaints.join(), /Content Security Policy/)
  })

  await context.test('mail: shows what would have been sent', async () => {
    const json = { 'Content-Type': 'application/json' }
    const post = (path: string, body: object, headers = {}) =>
      fetch(server.url + path, {
        method: 'POST',
        headers: { ...json, ...headers },
        body: JSON.stringify(body),
      })
    const account = { username: 'mina', password: 'purple-otter-vs-9-lamps' }
    const email = 'mina@example.com'
    const answer = await post('/v1/signup', { ...account, email }, { 'User-Agent': 'Phone' })
    assert.equal(answer.status, 201)
    await post('/v1/login', account, { 'User-Agent': '<b>Laptop</b>' })
    const { page, complaints } = await visit('/mail')
    for (let look = 0; look < 20 && (await page.getByRole('article').count()) === 0; look++) {
      await page.waitForTimeout(100)
      await page.reload()
    }
    assert.match(await page.getByRole('article').innerText(), /It calls itself: <b>Laptop<\/b>/)
    await checkAccessible(page)
    assert.deepEqual(complaints, [])
  })

  for (const path of ['/', '/demo', '/inspector', '/mail']) {
    await context.test(
      `${path}: Korean by itself, both languages by the switch, narrow, dark`,
      async () => {
        const options = { ...NARROW, locale: 'ko-KR', colorScheme: 'dark' }
        const { page, complaints } = await visit(path, options)
        await page.getByRole('heading', { level: 1, name: /[가-힣]/ }).waitFor()
        assert.equal(await page.getAttribute('html', 'lang'), 'ko')
        assert.equal(await widthOf(page), NARROW.viewport.width)
        await checkAccessible(page)
        await page.getByText('English').click()
        await page.getByRole('heading', { level: 1, name: /^[A-Z]/ }).waitFor()
        await page.reload()
        await page.getByRole('heading', { level: 1, name: /^[A-Z]/ }).waitFor()
        assert.equal(await page.getAttribute('html', 'lang'), 'en')
        assert.deepEqual(complaints, [])
      },
    )
  }

  await context.test('the keyboard alone is enough', async () => {
    const { page } = await visit('/demo')
    await page.getByRole('button', { name: 'Sign in as guest' }).waitFor()
    const focused = () => page.evaluate('document.activeElement.textContent')
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Sign in as guest')
    await page.keyboard.press('Enter')
    await page.locator('.step.waiting').waitFor()
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Do not wait for the expiry')
    await page.keyboard.press('Enter')
    await page.getByText('Done: renewed without a password.').waitFor()
    assert.match(await page.locator('.step.done').nth(3).innerText(), /goes \d s ahead/)
  })

  await context.test('demo: and by itself the expiry, the renewal and the call again', async () => {
    const { page, complaints } = walk
    await page.getByText('Done: renewed without a password.').waitFor()
    const calls = await page.locator('.step:has(.call)').allInnerTexts()
    assert.deepEqual(
      calls.map((text) => /(GET|POST) (\S+)\s+(\d+)/.exec(text)?.slice(1).join(' ')),
      [
        'POST /demo/guest 200',
        'POST /v1/login 200',
        'GET /demo/api/orders 200',
        'GET /demo/api/orders 401',
        'POST /v1/refresh 200',
        'GET /demo/api/orders 200',
      ],
    )
    await checkAccessible(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('The session is over').waitFor()
    assert.deepEqual(complaints, [])
    assert.doesNotMatch(await page.content(), /guest","password":"[\w-]/)
  })
})

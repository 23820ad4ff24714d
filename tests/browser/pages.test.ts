import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

import { defaultClientSettings } from '../../packages/server/src/domain/client.ts'
import { query } from '../../packages/server/tests/oauth/relying-party.ts'
import { PASSWORD } from '../../packages/server/tests/test-mapae.ts'
import { startApplication } from './application.ts'
import { startChromium } from './chromium.ts'
import { startPageServer } from './page-server.ts'

const NEW_PASSWORD = 'violet-badger-vs-7-drums'

const started = await startChromium()
const server = await startPageServer()
const application = await startApplication()
after(async () => {
  await started?.stop()
  await application.stop()
  await server.stop()
})
const skip = started === undefined && 'no browser here'

/** What the browsers complained about: policy violations, exceptions, foreign addresses. */
const complaints: string[] = []

async function open(options: BrowserContextOptions = {}): Promise<[Page, BrowserContext]> {
  const context = await started!.browser.newContext({
    baseURL: server.url,
    locale: 'en-US',
    ...options,
  })
  const page = await context.newPage()
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    // That a form was refused is no complaint.
    if (message.type() === 'error' && !message.text().includes('status of 4')) {
      complaints.push(message.text())
    }
  })
  page.on('request', (request) => {
    const { origin } = new URL(request.url())
    if (![server.url, new URL(arrived).origin, ...application.origins].includes(origin)) {
      complaints.push(request.url())
    }
  })
  return [page, context]
}

async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value)
}

async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.goto('/sign-in')
  await fill(page, { username: 'mina', password })
  await page.click('button.primary')
  await page.waitForURL('**/account')
}

/** Another origin: what is there does not matter, only what the address says. */
const arrived = `${server.url.replace('localhost', '127.0.0.1')}/arrived`
const SCOPE = 'openid profile email offline_access orders:read'

function requestOfShop(): string {
  return `/oauth/authorize?${query('shop', { scope: SCOPE, redirect_uri: arrived })}`
}

async function userCode(): Promise<string> {
  const { oauth } = server.mapae.mapae
  return (await oauth.deviceFlow.begin(oauth.clients.find('shop')!, ['openid'], [], null)).userCode
}

before(async () => {
  await server.mapae.mapae.clients.create('shop', {
    ...defaultClientSettings,
    name: 'Han River Books 한강서점',
    redirectUris: ['http://127.0.0.1/arrived'],
    scopes: SCOPE.split(' '),
    homepageUri: 'https://app.example.com/',
    policyUri: 'https://app.example.com/privacy',
  })
  for (const id of ['redirect', 'form', 'button']) {
    await server.mapae.mapae.clients.create(id, {
      ...defaultClientSettings,
      name: 'Travels',
      redirectUris: [application.redirectUri],
      scopes: ['openid'],
      homepageUri: 'https://app.example.com/',
    })
  }
  for (const username of ['mina', 'jun']) {
    await server.mapae.call('POST', '/v1/signup', { username, password: PASSWORD })
  }
})

test(
  'without scripts: sign up, look around, change the password, end a device, sign out',
  { skip },
  async () => {
    const [page, context] = await open({ javaScriptEnabled: false, locale: 'ko-KR' })
    await page.goto('/account')
    await page.click('text=회원 가입')
    await fill(page, { username: '홍길동', password: PASSWORD })
    await page.click('text=가입하기')
    await page.waitForURL('**/account')
    assert.match((await page.textContent('main'))!, /홍길동 님으로 로그인됨/)
    await server.mapae.call('POST', '/v1/login', { username: '홍길동', password: PASSWORD })
    await page.reload()
    await page.click('button[name=session]')
    assert.match((await page.textContent('[role=status]'))!, /선택한 기기에서 로그아웃했습니다/)
    await page.click('text=비밀번호 변경')
    await fill(page, { current_password: PASSWORD, new_password: NEW_PASSWORD })
    await page.click('button.primary')
    assert.match((await page.textContent('[role=status]'))!, /비밀번호를 바꿨습니다/)
    await page.click('footer >> text=English')
    assert.equal(await page.textContent('h1'), 'Your account')
    await page.click('a[href="/sign-out"]')
    await page.click('button.primary')
    assert.equal(await page.textContent('h1'), 'You are signed out')
    await context.close()
  },
)

test('with the keyboard alone: wrong at first, then in, then out', { skip }, async () => {
  const [page, context] = await open()
  const { keyboard } = page
  await page.goto('/sign-in')
  const focused = () =>
    page.evaluate('document.activeElement.id || document.activeElement.className')
  assert.equal(await focused(), 'username')
  await keyboard.type('mina')
  await keyboard.press('Tab')
  await keyboard.type('wrong')
  await Promise.all([page.waitForResponse(/sign-in/), keyboard.press('Enter')])
  await page.waitForSelector('#problem')
  assert.equal(await focused(), 'password')
  assert.equal(await page.getAttribute('#password', 'aria-invalid'), 'true')
  assert.match((await page.getAttribute('#password', 'aria-describedby'))!, /^problem /)
  await keyboard.type(PASSWORD)
  await keyboard.press('Tab')
  assert.equal(await focused(), 'reveal')
  await keyboard.press('Space')
  assert.equal(await page.getAttribute('#password', 'type'), 'text')
  await keyboard.press('Enter')
  await page.waitForURL('**/account')
  await page.reload()
  await keyboard.press('Tab')
  assert.equal(await focused(), 'skip')
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await Promise.all([page.waitForURL('**/sign-out'), keyboard.press('Enter')])
  await page.focus('button.primary')
  await Promise.all([page.waitForURL('**/signed-out'), keyboard.press('Enter')])
  await context.close()
})

test('password managers and keyboards are told what they need', { skip }, async () => {
  const [page, context] = await open()
  const attributes = (selector: string) =>
    page.$eval(selector, (input) => [
      input.getAttribute('autocomplete'),
      input.getAttribute('autocapitalize'),
      input.getAttribute('spellcheck'),
    ])
  await page.goto('/sign-in')
  assert.deepEqual(await attributes('#username'), ['username', 'none', 'false'])
  assert.deepEqual(await attributes('#password'), ['current-password', 'none', 'false'])
  assert.equal(await page.locator('form').count(), 1)
  await page.click('[data-reveal]')
  await page.fill('#password', '비밀')
  assert.match((await page.textContent('[data-hangul]'))!, /typing in Hangul/)
  await page.fill('#password', 'secret')
  assert.equal(await page.textContent('[data-hangul]'), '')
  await page.dispatchEvent('#password', 'keydown', { key: 'ㅂ' })
  assert.match((await page.textContent('[data-hangul]'))!, /typing in Hangul/)
  await page.evaluate(`document.getElementById('password').dispatchEvent(
    new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: true }))`)
  assert.equal(await page.textContent('[data-caps]'), 'Caps Lock is on.')
  await page.goto('/sign-up')
  assert.deepEqual((await attributes('#password'))[0], 'new-password')
  await signIn(page)
  await page.goto('/account/password')
  assert.equal((await attributes('[name=username]'))[0], 'username')
  assert.equal(await page.inputValue('[name=username]'), 'mina')
  await context.close()
})

test('nothing of a page runs or can be framed elsewhere', { skip }, async () => {
  const [page, context] = await open()
  await page.goto('/sign-in')
  const blocked = (await page.evaluate(`(async () => {
    const seen = []
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective))
    const script = document.createElement('script')
    try { script.textContent = 'globalThis.ran = true' } catch { seen.push('trusted types') }
    document.body.append(script)
    const frame = document.createElement('iframe')
    frame.src = '/sign-in'
    document.body.append(frame)
    document.body.setAttribute('style', 'color: red')
    await fetch('/v1/me').catch(() => seen.push('no fetch'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    return { seen, ran: globalThis.ran === true }
  })()`)) as { seen: string[]; ran: boolean }
  assert.equal(blocked.ran, false)
  for (const directive of ['trusted types', 'frame-src', 'style-src-attr', 'connect-src']) {
    assert.ok(blocked.seen.includes(directive), `${directive} in ${blocked.seen.join()}`)
  }
  await context.close()
  complaints.length = 0
})

test(
  'without scripts: an application asks, the user allows, and the browser gets there',
  { skip },
  async () => {
    const [page, context] = await open({ javaScriptEnabled: false })
    // The application's own page; nothing leaves this machine.
    await context.route(`${arrived}**`, (route) => route.fulfill({ body: 'arrived' }))
    await page.goto(requestOfShop())
    await fill(page, { username: 'mina', password: PASSWORD })
    await page.click('button.primary')
    await page.waitForURL('**/consent?request=*')
    await page.click('text=Do not allow')
    await page.waitForURL(`${arrived}**`)
    assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied')
    await page.goto(requestOfShop())
    await page.click('button.primary')
    await page.waitForURL(`${arrived}**`)
    assert.match(new URL(page.url()).searchParams.get('code')!, /^[\w-]{43}$/)
    await page.goto('/account')
    await page.click('button[name=client]')
    assert.match((await page.textContent('[role=status]'))!, /no access any more/)
    await context.close()
  },
)

for (const [client, how, response_mode, javaScriptEnabled] of [
  ['redirect', 'by a redirect', 'query', true],
  ['form', 'by a form that sends itself', 'form_post', true],
  ['button', 'by a form and its button', 'form_post', false],
] as const) {
  test(
    `an application gets its answer ${how}, and may send its user on elsewhere`,
    { skip },
    async () => {
      const [page, context] = await open({ javaScriptEnabled })
      const redirect_uri = application.redirectUri
      const asked = query(client, { scope: 'openid', redirect_uri, response_mode })
      await page.goto(`/oauth/authorize?${asked}`)
      await fill(page, { username: 'mina', password: PASSWORD })
      await page.click('button.primary')
      await page.waitForURL('**/consent?request=*')
      await page.click('button.primary')
      if (!javaScriptEnabled) {
        await page.waitForURL('**/oauth/authorize?**')
        await page.click('text=Continue')
      }
      await page.waitForURL(application.home)
      assert.match(application.lastAnswer(), /code=[\w-]{43}/)
      await context.close()
    },
  )
}

test('without scripts: what went wrong can be read in another language', { skip }, async () => {
  const [page, context] = await open({ javaScriptEnabled: false })
  for (const path of ['/nowhere', '/sign-in?request=x&client_id=form', '/oauth/authorize?a=%26b']) {
    await context.clearCookies()
    await page.goto(path)
    assert.equal(await page.textContent('h1'), 'This did not work')
    await page.click('footer >> text=한국어')
    assert.equal(await page.textContent('h1'), '처리하지 못했습니다')
    assert.equal(page.url(), `${server.url}${path}${path.includes('?') ? '&' : '?'}lang=ko`)
  }
  await context.close()
})

test(
  'without scripts: an application asks which account, and gets the other',
  { skip },
  async () => {
    const [page, context] = await open({ javaScriptEnabled: false, locale: 'ko-KR' })
    await context.route(`${arrived}**`, (route) => route.fulfill({ body: 'arrived' }))
    await signIn(page)
    await page.goto(`${requestOfShop()}&prompt=select_account`)
    await page.click('text=mina 계정으로 계속')
    await page.waitForURL('**/consent?request=*')
    await page.goto(`${requestOfShop()}&prompt=select_account`)
    await page.click('text=다른 계정 사용')
    assert.equal(await page.inputValue('#username'), '')
    await fill(page, { username: 'jun', password: PASSWORD })
    await page.click('button.primary')
    await page.waitForURL('**/consent?request=*')
    assert.match((await page.textContent('main'))!, /jun 님으로 로그인되어 있습니다/)
    await context.close()
  },
)

test('after a sign-out, going back shows nothing of the account', { skip }, async () => {
  const [page, context] = await open()
  await signIn(page)
  await page.click('a[href="/sign-out"]')
  await page.click('button.primary')
  await page.waitForURL('**/signed-out')
  for (let step = 0; step < 2; step++) {
    await page.goBack()
    assert.doesNotMatch((await page.textContent('main'))!, /mina/)
  }
  await context.close()
})

/** Every page, by a state that shows it. */
const pages: readonly (readonly [string, (page: Page, path: string) => Promise<unknown>])[] = [
  ['/sign-in', (page, path) => page.goto(path)],
  [
    '/sign-in',
    async (page, path) => {
      await page.goto(path)
      await fill(page, { username: 'mina', password: 'wrong' })
      await page.click('button.primary')
      await page.waitForSelector('#problem')
    },
  ],
  ['/sign-up', (page, path) => page.goto(path)],
  ['/signed-out', (page, path) => page.goto(path)],
  ['/sign-in?lang=a&lang=b', (page, path) => page.goto(path)],
  ['/sign-in?request=x&client_id=form', (page, path) => page.goto(path)],
  ['/nowhere', (page, path) => page.goto(path)],
  ['/account', (page) => signIn(page)],
  ['/consent', (page) => page.goto(requestOfShop())],
  ['/select-account', (page) => page.goto(`${requestOfShop()}&prompt=select_account`)],
  ['/device', (page, path) => page.goto(`${path}?user_code=BBBB-BBBB`)],
  [
    '/device',
    async (page) => {
      await page.fill('#user_code', await userCode())
      await page.click('button.primary')
      await page.waitForSelector('.user-code.shown')
    },
  ],
  ['/account/password', (page, path) => page.goto(path)],
  ['/sign-out', (page, path) => page.goto(path)],
]

for (const locale of ['en-US', 'ko-KR']) {
  test(`every page is accessible and fits 320 pixels (${locale})`, { skip }, async () => {
    // Colours change at once: half-way between two schemes no contrast is right.
    const reducedMotion = 'reduce'
    const viewport = { width: 320, height: 640 }
    const [page, context] = await open({ locale, viewport, reducedMotion })
    const names = new Set<string>()
    for (const [path, show] of pages) {
      await show(page, path)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      assert.ok(Number(width) <= 320, `${path} is ${String(width)} pixels wide`)
      // The dark differs in its colours only, and those are the same in every language.
      const schemes = locale === 'en-US' ? (['light', 'dark'] as const) : (['light'] as const)
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme })
        // In one frame there is nothing to gather.
        const axe = new AxeBuilder({ page }).setLegacyMode(true)
        if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block'])
        const { violations } = await axe.analyze()
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
        )
        assert.deepEqual(found, [], `${path} ${colorScheme}`)
      }
      assert.equal(await page.locator('footer nav a').count(), 1, `${path} in another language`)
      names.add(await page.title())
    }
    assert.ok(names.size >= 10, [...names].join())
    await context.close()
  })
}

test('the browsers had nothing to complain about', { skip }, () => {
  assert.deepEqual(complaints, [])
})
